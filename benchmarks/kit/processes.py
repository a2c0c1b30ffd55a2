"""Seconds and memory of whole processes: of a command, and of a function in a process of its own."""

import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.kit.memory import ROOT, peak_beside

PIPELINE = ROOT / "pipeline"


@dataclass(frozen=True)
class Used:
    """What a command or a function took."""

    seconds: float
    processor: float
    """Seconds of all cores together."""
    megabytes: float
    """At most at once, of one process; of a function beside what its process held before."""


def run_command(command: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None) -> Used:
    """Run a command to its end.

    Args:
        command: words; Python itself where the first begins with `-`.
        folder: where it runs.
        environment: variables to change.

    Raises:
        SystemExit: it failed; the end of its output is the message.
    """
    words = [sys.executable, *command] if command[0].startswith("-") else list(command)
    variables = {**os.environ, "PYTHONPATH": str(PIPELINE), **(environment or {})}
    before, started = os.times(), time.perf_counter()
    with (folder / "output.txt").open("w") as output:
        process = subprocess.Popen(words, cwd=folder, env=variables, stdout=output, stderr=output)
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(words)}\n{(folder / 'output.txt').read_text()[-3000:]}")
    after = os.times()
    processor = (after[2] + after[3]) - (before[2] + before[3])
    return Used(time.perf_counter() - started, processor, usage.ru_maxrss / 1024)


def run_function(module: str, function: str, *arguments: Any) -> Used:
    """Call a function in a process of its own, on one thread.

    Args:
        module: where it is, such as `benchmarks.scaling`.
        function: its name.
        arguments: what JSON can hold.
    """
    command = [sys.executable, "-m", "benchmarks.kit.processes", module, function, json.dumps(arguments)]
    variables = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, text=True, check=True)
    return Used(**json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    _module, _function, _arguments = sys.argv[1:]
    _call = getattr(importlib.import_module(_module), _function)
    _before, _started = time.process_time(), time.perf_counter()
    _peak = peak_beside(lambda: _call(*json.loads(_arguments)))
    _taken = {"seconds": time.perf_counter() - _started, "processor": time.process_time() - _before}
    sys.stdout.write(json.dumps({**_taken, "megabytes": _peak / 1e6}) + "\n")
