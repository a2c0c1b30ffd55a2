"""Memory that a command and all its jobs hold."""

import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import psutil

STEP = 0.1
"""Seconds between two looks at the processes."""


def most_held(command: Sequence[str], folder: Path, *, quiet: bool = False) -> int:
    """Most bytes that a command and all processes below it held at once, shared pages counted once.

    Args:
        command: the command.
        folder: where it runs.
        quiet: do not show what it prints.

    Raises:
        RuntimeError: the command failed.
    """
    output = subprocess.DEVNULL if quiet else None
    process, most = psutil.Popen(command, cwd=folder, stdout=output, stderr=output), 0
    while process.poll() is None:
        held = 0
        for one in [process, *process.children(recursive=True)]:
            try:
                held += one.memory_full_info().pss
            except psutil.Error:
                continue
        most = max(most, held)
        time.sleep(STEP)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode} in {folder}")
    return most
