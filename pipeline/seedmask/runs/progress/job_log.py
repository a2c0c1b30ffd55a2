"""What the log of one job says: who runs it, how far a training is, and what people should read."""

import platform
import re
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

STARTED = "process %d on %s"
"""First message of every job, so that others can see whether it still runs."""
ENDED = "finished"
"""Last message of a job that made what it was to make."""
ERROR = "error: "
"""How the message begins that ends a job."""
TOLD = ("warning: ", "note: ")
"""How messages begin that people are shown while a run goes on; all others stay in the log."""

_OWN = re.compile(r"[a-z_]+/[\w./]*(?: shard \d{4,})?: ")
_STARTED = re.compile(STARTED.replace("%d", r"(\d+)").replace("%s", r"(\S+)"))
_EPOCH = re.compile(r"epoch (\d+) of (\d+): (.*), ([\d.]+) s")
_LOSS = re.compile(r"\bloss (\S+?)(?:,|$)")
_BAR = re.compile(r"\d+%\|")
_TRACEBACK = "Traceback (most recent call last):"


@dataclass(frozen=True)
class Epoch:
    """The last epoch that a training has told of."""

    number: int
    """Counted from 1."""
    of: int
    """Epochs of the whole training."""
    loss: float | None
    seconds: float
    """That one epoch took."""


@dataclass(frozen=True)
class JobLog:
    """The messages of a job: each one line with those that are indented below it, without progress bars."""

    messages: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> "JobLog":
        """The log as far as it is written; empty where there is none."""
        try:
            return cls.of(path.read_text(encoding="utf-8", errors="replace"))
        except OSError:
            return cls(())

    @classmethod
    def of(cls, text: str) -> "JobLog":
        """The messages of a text."""
        messages: list[str] = []
        for line in text.split("\n"):
            shown = line.rstrip("\r").rpartition("\r")[2]  # a bar writes over itself
            if not shown.strip() or _BAR.search(shown):
                continue
            if shown[0].isspace() and messages:
                messages[-1] += f"\n{shown}"
            else:
                messages.append(shown)
        return cls(tuple(messages))

    def _told(self) -> list[str]:
        """Messages without the name of the job."""
        return [_OWN.sub("", message, count=1) for message in self.messages]

    def process(self) -> tuple[int, str] | None:
        """Number and machine of the process that runs the job, where the log says so."""
        found = next(filter(None, map(_STARTED.fullmatch, self._told())), None)
        return (int(found[1]), found[2]) if found else None

    def epoch(self) -> Epoch | None:
        """The last epoch, of a training."""
        found = [match for match in map(_EPOCH.fullmatch, self._told()) if match]
        if not found:
            return None
        number, of, numbers, seconds = found[-1].groups()
        loss = _LOSS.search(numbers)
        return Epoch(int(number), int(of), float(loss[1]) if loss else None, float(seconds))

    def failure(self) -> str:
        """The error that ended the job, in full; empty where the log has none."""
        for number, (message, told) in enumerate(zip(self.messages, self._told(), strict=True)):
            if message.startswith(_TRACEBACK):
                rest = self.messages[number:]
                return "" if self.interrupted() else "\n".join(rest)
            if told.startswith(ERROR):
                return message
        return ""

    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the job."""
        return self.messages[-1:] == ("KeyboardInterrupt",)

    def notes(self) -> list[str]:
        """Warnings and notes of the job, and all that libraries wrote; not the traceback that ends it."""
        told = zip(self.messages, self._told(), strict=True)
        if not self.ended():
            told = takewhile(lambda pair: not pair[0].startswith(_TRACEBACK), told)
        return [message for message, text in told if text.startswith(TOLD) or not _OWN.match(message)]

    def ended(self) -> bool:
        """Whether the job made what it was to make."""
        return ENDED in self._told()

    def kept(self) -> bool:
        """Whether the job found its work done, so that its time says nothing."""
        return any("from the same inputs: kept" in message for message in self.messages)


def runs(log: JobLog) -> bool:
    """Whether the process of a job is alive; of one on another machine, whether its log has no end."""
    if not (process := log.process()) or log.ended():
        return False
    number, host = process
    if host != platform.node():
        return not log.failure()
    try:
        return b"seedmask.jobs" in Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return False
