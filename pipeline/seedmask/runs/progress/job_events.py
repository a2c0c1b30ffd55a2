"""The events of one job (`seedmask.events`): who runs it, how far it is, how it ended, and what people should read."""

import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from seedmask.events import Ended, Epoch, Event, Failed, Interrupted, Kept, Note, Started, Warned, parse

AnEvent = TypeVar("AnEvent", Started, Epoch, Failed, Ended)


@dataclass(frozen=True)
class JobEvents:
    """The events of a job, in their order.

    A last line that is cut off, as a kill leaves it, does not count. A damaged line before it becomes a note.
    """

    events: tuple[Event, ...]

    @classmethod
    def read(cls, path: Path) -> "JobEvents":
        """The events that are written by now; none where there is no such file."""
        try:
            data = path.read_bytes()
        except OSError:
            return cls(())
        lines = data.split(b"\n")[:-1]
        return cls(tuple(_event(path, number, line) for number, line in enumerate(lines, 1)))

    @property
    def started(self) -> Started | None:
        """Process and machine that run the job, once it has started."""
        return self._last(Started)

    @property
    def epoch(self) -> Epoch | None:
        """The last epoch of a training."""
        return self._last(Epoch)

    @property
    def failure(self) -> str:
        """The error that ended the job, in full; empty where none did."""
        failed = self._last(Failed)
        return failed.message if failed else ""

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C or a signal ended the job."""
        return self._has(Interrupted)

    @property
    def ended(self) -> bool:
        """Whether the job made its result."""
        return self._has(Ended)

    @property
    def peak(self) -> int | None:
        """Most bytes of memory that the job has held; None where it has not ended, or does not tell."""
        ended = self._last(Ended)
        return ended.peak if ended else None

    @property
    def kept(self) -> bool:
        """Whether the job found its result already there, so that its time says nothing about its speed."""
        return self._has(Kept)

    @property
    def notes(self) -> list[str]:
        """Notes and warnings of the job and of the libraries that it uses."""
        return [f"{one.event}: {one.text}" for one in self.events if isinstance(one, Note | Warned)]

    def is_running(self) -> bool:
        """Whether the process of the job is alive; of one on another machine, whether no event ends the job."""
        if not (started := self.started) or self.ended:
            return False
        if started.machine != platform.node():
            return not (self.failure or self.interrupted)
        try:
            return b"seedmask.jobs" in Path(f"/proc/{started.process}/cmdline").read_bytes()
        except OSError:
            return False

    def _has(self, kind: type[Event]) -> bool:
        return any(isinstance(event, kind) for event in self.events)

    def _last(self, kind: type[AnEvent]) -> AnEvent | None:
        return next((event for event in reversed(self.events) if isinstance(event, kind)), None)


def _event(path: Path, number: int, line: bytes) -> Event:
    return parse(line) or Note(text=f"{path} line {number}: is damaged; it is ignored")
