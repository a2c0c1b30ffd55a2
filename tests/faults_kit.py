"""Jobs of a finished workspace, run again one by one and killed, in forks of a warm process.

A job that is started anew spends seconds on importing torch before there is anything to kill; a fork begins to work at
once. Run as a script, this file is that process: it takes orders as JSON lines and answers each with a line.
"""

import ast
import importlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

from warm_kit import ALONE, status_of

WRITES = os.O_WRONLY | os.O_RDWR
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate"}
"""Events of Python's audit that change files, beside opening one to write."""


@dataclass(frozen=True)
class Command:
    """What one job of the workflow runs."""

    stage: str
    job: str
    """As JSON."""
    outputs: tuple[str, ...]
    """Declared outputs, below the workspace."""

    @property
    def facts(self) -> dict[str, Any]:
        """The fields of the job."""
        return json.loads(self.job)

    @property
    def name(self) -> str:
        """The first output, below the results."""
        return self.outputs[0].split("/", 2)[2]

    @property
    def variant(self) -> str | None:
        """Folder of a job that makes a shard or a network; it holds nothing of other jobs but fits and other shards."""
        facts = self.facts
        makes_all = self.name.rpartition("/")[2] in ("manifest.json", f"{facts['shard']}.json")
        return (
            "/".join((facts["results"], facts["stage"], facts["variant"])) if makes_all and facts["variant"] else None
        )


def commands(folder: Path) -> list[Command]:
    """Every job that Snakemake has run in a folder, by what it remembers of them, in the order of their ends."""
    found: dict[tuple[str, str], list[tuple[float, str]]] = {}
    memory = folder / ".snakemake" / "metadata"
    for file in memory.rglob("*"):
        if file.is_file():
            record = json.loads(file.read_text())
            coded = "".join(part.removeprefix("@") for part in file.relative_to(memory).parts)
            stage = record["rule"].removesuffix("_shard").removesuffix("_fit")
            (job,) = map(ast.literal_eval, record["params"])
            found.setdefault((stage, job), []).append((record["endtime"], urlsafe_b64decode(coded).decode()))
    return [
        Command(*command, tuple(sorted(path for _, path in outputs)))
        for command, outputs in sorted(found.items(), key=lambda item: max(item[1]))
    ]


@dataclass(frozen=True)
class Outcome:
    """How a job ended."""

    status: int
    """Exit status; -9 after a kill."""
    seconds: float
    changes: int
    """How often it changed a file below the results, where it lived to tell."""
    log: str


class Warm:
    """A process that has imported all that the jobs of a workspace need, and forks to run one.

    Args:
        folder: the workspace.
        modules: what to import.
        prefix: a command that starts it, in a world of its own.
        packages: further folders of packages.
        environment: further variables.
    """

    def __init__(
        self,
        folder: Path,
        modules: Sequence[str],
        prefix: Sequence[str] = (),
        packages: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ):
        paths = os.pathsep.join([str(folder / "pipeline"), *packages])
        self._process = subprocess.Popen(
            [*prefix, sys.executable, __file__, *sorted(set(modules))],
            cwd=folder,
            env={**os.environ, **ALONE, "PYTHONPATH": paths, **(environment or {})},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.folder = Path(f"/proc/{self._process.pid}/root", *folder.absolute().parts[1:]) if prefix else folder
        """The workspace as the process sees it."""
        self.shell("true")  # waits until it has begun

    def run(
        self, command: Command, *, after: float | None = None, change: int | None = None, by: int = signal.SIGKILL
    ) -> Outcome:
        """Run a job to its end, unless it is killed `after` some seconds or just before a `change` of a file."""
        order = {"stage": command.stage, "job": command.job, "after": after, "change": change, "by": by}
        return Outcome(**self.order(order))

    def shell(self, script: str) -> Outcome:
        """Run a script in the world of the process."""
        return Outcome(**self.order({"shell": script}))

    def order(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Send one and wait for its answer."""
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        assert answer, "the warm process has died"
        return json.loads(answer)

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def warm(folder: Path, jobs: Sequence[Command], **more: Any) -> Iterator[Warm]:
    """A warm process for some jobs."""
    process = Warm(folder, [command.facts["module"] for command in jobs], **more)
    try:
        yield process
    finally:
        process.close()


class Trial:
    """One job that is killed again and again, and must end as if it had never been.

    Args:
        process: the warm process, in a copy of the workspace.
        command: the job.
        finished: folder of the undisturbed workspace.
        chance: where it is killed.
    """

    def __init__(self, process: Warm, command: Command, finished: Path, chance: random.Random):
        self._process, self._command, self._finished, self._chance = process, command, finished, chance
        self._folder = process.folder
        self.kills = 0

    @cached_property
    def whole(self) -> Outcome:
        """An undisturbed run, to know how long the job takes and how often it changes files."""
        self.forget()
        outcome = self._process.run(self._command)
        assert outcome.status == 0, outcome.log
        return outcome

    def forget(self) -> None:
        """Remove what the job has made; of a shard or network all of the variant but what came before all shards."""
        for output in self._command.outputs:
            (self._folder / output).unlink(missing_ok=True)
        if self._command.variant:
            for path in (self._folder / self._command.variant).iterdir():
                if path.name in ("fit.json", "parts"):
                    continue
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()

    def kill_at_random(self, by: int = signal.SIGKILL) -> None:
        """Kill the job at a random instant."""
        self._kill(by, after=self._chance.uniform(0, self.whole.seconds))

    def kill_before(self, change: int, by: int = signal.SIGKILL) -> None:
        """Kill the job just before it changes a file, counted from 1."""
        self._kill(by, change=change)

    def _kill(self, by: int, **when: float) -> None:
        if self.complete():
            self.forget()
        outcome = self._process.run(self._command, **when, by=by)
        assert outcome.status in (0, -by), outcome.log
        self.kills += outcome.status == -by
        self.look()
        if self._chance.random() < 0.5:  # Snakemake removes what a failed job has declared, if it lives
            for output in self._command.outputs:
                (self._folder / output).unlink(missing_ok=True)

    def complete(self) -> bool:
        """Whether all declared outputs are there."""
        return all((self._folder / output).exists() for output in self._command.outputs)

    def look(self) -> None:
        """Whatever is there is what an undisturbed run made."""
        for output in self._command.outputs:
            if (self._folder / output).exists():
                assert same(self._folder / output, self._finished / output), (
                    f"{output} differs: {_first_difference(self._folder / output, self._finished / output)}"
                )

    def end(self) -> None:
        """Let the job do its work, and put back what other jobs had made beside it."""
        outcome = self._process.run(self._command)
        assert outcome.status == 0, outcome.log
        assert self.complete()
        self.look()
        if self._command.variant:
            shutil.rmtree(self._folder / self._command.variant)
            shutil.copytree(self._finished / self._command.variant, self._folder / self._command.variant)


def same(path: Path, other: Path) -> bool:
    """Whether two files hold the same but for times of day."""
    return _timeless(path.read_bytes()) == _timeless(other.read_bytes())


def _first_difference(path: Path, other: Path) -> str:
    """The first lines of two files that differ, cut to where they begin to."""
    lines, others = (_timeless(file.read_bytes()).decode(errors="replace").splitlines() for file in (path, other))
    for number, (line, expected) in enumerate(zip_longest(lines, others, fillvalue=""), 1):
        if line != expected:
            alike = next((place for place, pair in enumerate(zip(line, expected)) if pair[0] != pair[1]), 0)  # noqa: B905
            start = max(0, alike - 40)
            return f"line {number}: {line[start : start + 120]!r}, undisturbed {expected[start : start + 120]!r}"
    return "in the bytes at the ends of lines"


def _timeless(content: bytes) -> bytes:
    return re.sub(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?", b"", content)


def _serve(modules: Sequence[str]) -> None:
    for module in modules:
        importlib.import_module(module)
    importlib.import_module("seedmask.jobs.__main__")
    for line in sys.stdin:
        order = json.loads(line)
        started = time.monotonic()
        counted, counter = os.pipe()
        log = Path(f".{os.getpid()}.log")
        log.touch()
        child = os.fork()
        if child == 0:
            os.close(counted)
            _child(order, counter, log)
        os.close(counter)
        status = _wait(child, started, order)
        seconds = time.monotonic() - started
        with os.fdopen(counted) as stream:
            changes = int(stream.read() or 0)
        answer = {"status": status, "seconds": seconds, "changes": changes, "log": log.read_text(errors="replace")}
        log.unlink()
        print(json.dumps(answer), flush=True)  # noqa: T201  its answer


def _wait(child: int, started: float, order: Mapping[str, Any]) -> int:
    """Exit status of a child that is killed at its time."""
    after = order.get("after")
    while after is not None:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() - started > after:
            os.kill(child, order["by"])
            break
        time.sleep(0.001)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _child(order: Mapping[str, Any], counter: int, log: Path) -> None:
    """Do what is ordered and end the process."""
    output = os.open(log, os.O_WRONLY)
    for stream in (1, 2):
        os.dup2(output, stream)
    if "shell" in order:
        os.execv("/bin/sh", ["sh", "-c", order["shell"]])
    changes = 0

    def count(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal changes
        if _changes_results(event, arguments):
            changes += 1
            if changes == order["change"]:
                os.kill(os.getpid(), order["by"])
                time.sleep(60)

    sys.addaudithook(count)
    sys.argv = ["seedmask.jobs", order["stage"], "--job", order["job"]]
    status = status_of(sys.modules["seedmask.jobs.__main__"].main)
    os.write(counter, str(changes).encode())
    os._exit(status)


def _changes_results(event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether what Python's audit tells of changes a file below the results."""
    if event != "open" and event not in CHANGES:
        return False
    if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & WRITES):
        return False
    return isinstance(arguments[0], str | bytes | os.PathLike) and "results/" in os.fsdecode(arguments[0])


if __name__ == "__main__":
    _serve(sys.argv[1:])
