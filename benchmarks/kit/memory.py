"""Memory that one side of a comparison, or a command with all its jobs, holds."""

import gc
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

STEP = 0.1
"""Seconds between two looks at the processes."""
ROOT = Path(__file__).resolve().parents[2]


def peak_of_side(name: str, case: str, side: str) -> int:
    """Most bytes that one side of a case holds beside its inputs, measured in a process of its own.

    Args:
        name: the benchmark.
        case: name of the case.
        side: `ours` or `plain`.
    """
    command = [sys.executable, "-m", "benchmarks.kit.peak", name, case, side]
    return int(subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout)


def peak_beside(action: Callable[[], object]) -> int:
    """Most bytes that this process holds during an action, less what it held before."""
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the kernel forgets the peak of the inputs' making
    before = _status("VmRSS")
    action()
    return _status("VmHWM") - before


def _status(what: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(what):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"/proc/self/status has no {what}; memory can only be measured on Linux")


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
