"""What a job reports while it runs, as JSON lines in a file beside its log.

The log is for people. `seedmask status` and the logger of a run read the lines of this file and no sentence of the log.
A job reports through `log`, as Python programs do: what it logs as a note or a warning is an event by itself, and a
message that means more, such as the end of an epoch, carries its event (`report`).
"""

import logging
import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, RootModel, ValidationError

from seedmask.job import log

NOTE = logging.INFO + 5
"""Level of a message that people should read although nothing is wrong; it lies between `INFO` and `WARNING`."""
LABELS = {NOTE: "note: ", logging.WARNING: "warning: ", logging.ERROR: "error: "}
"""What a message starts with in the log, by its level."""

logging.addLevelName(NOTE, "NOTE")


def _encodable(text: str) -> str:
    """The text with `?` for what has no UTF-8, such as a broken name of a file."""
    return text.encode(errors="replace").decode()


Text = Annotated[str, AfterValidator(_encodable)]


class _Event(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Started(_Event):
    """The job has started."""

    event: Literal["started"] = "started"
    process: int
    machine: str
    time: float
    """Seconds since the epoch."""
    kills: int | None = None
    """How often the kernel had killed a process for memory by then; None where it does not tell."""


class Epoch(_Event):
    """A training has finished an epoch."""

    event: Literal["epoch"] = "epoch"
    number: int
    """Counted from 1."""
    of: int
    """Epochs of the whole training."""
    loss: float | None = None
    """Mean over the epoch."""
    metrics: dict[str, float | None] = {}
    """Further metrics by name."""
    seconds: float
    """That this epoch took."""


class Note(_Event):
    """A message that people should read although nothing is wrong."""

    event: Literal["note"] = "note"
    text: Text


class Warned(_Event):
    """A warning of the job or of a library."""

    event: Literal["warning"] = "warning"
    text: Text


class Kept(_Event):
    """The result was already there, made from the same inputs; the time of this job says nothing about its speed."""

    event: Literal["kept"] = "kept"


class Failed(_Event):
    """The job ends with an error."""

    event: Literal["failed"] = "failed"
    message: Text
    """The error as the log has it, or the traceback."""


class Interrupted(_Event):
    """The job ends because someone pressed Ctrl-C or sent a signal."""

    event: Literal["interrupted"] = "interrupted"


class Ended(_Event):
    """The job has made its result."""

    event: Literal["ended"] = "ended"
    peak: int | None = None
    """Most bytes of memory that its process has held, without what it leaves on a GPU; None where that is not told."""


Event = Started | Epoch | Note | Warned | Kept | Failed | Interrupted | Ended


class _Line(RootModel[Annotated[Event, Field(discriminator="event")]]):
    """A line of the file."""


def note(message: str, *arguments: Any) -> None:
    """Log a message that is shown to people while a run goes on, although nothing is wrong."""
    log.log(NOTE, message, *arguments, stacklevel=2)


def report(event: Event, message: str, *arguments: Any) -> None:
    """Log a message with the event that it stands for."""
    log.info(message, *arguments, extra={"event": event}, stacklevel=2)


def parse(line: bytes) -> Event | None:
    """The event of a line; None where the line is damaged."""
    try:
        return _Line.model_validate_json(line).root
    except ValidationError:
        return None


def path_beside(log_file: Path) -> Path:
    """The file of events beside a log: `logs/0003.jsonl` beside `logs/0003.txt`."""
    return log_file.with_suffix(".jsonl")


class EventFile:
    """A file that a process appends events to; a line is written at once and whole, or cut off by a kill.

    Args:
        path: the file; without one, events go nowhere.
        replace: whether to start a new file. A process of an earlier job that still writes keeps the old one.
    """

    def __init__(self, path: Path | None, *, replace: bool = True):
        self._handle: int | None = None
        # A disk that takes no events stops no job here, but where it writes its result.
        with suppress(OSError):
            if path and replace:
                path.unlink(missing_ok=True)
            if path:
                self._handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)

    def write(self, event: Event) -> None:
        """Append an event."""
        if self._handle is not None:
            line = event.model_dump_json() + "\n"
            with suppress(OSError):
                os.write(self._handle, line.encode())


class EventHandler(logging.Handler):
    """Writes the events of log messages: the event that a message carries, or its text if it is a note or a warning."""

    def __init__(self, events: EventFile):
        super().__init__(logging.INFO)
        self._events = events

    def emit(self, record: logging.LogRecord) -> None:
        """Write the event of a message, if it has one."""
        if event := _event_of(record):
            self._events.write(event)


def _event_of(record: logging.LogRecord) -> Event | None:
    event = getattr(record, "event", None)
    if isinstance(event, Event):
        return event
    if record.levelno >= logging.WARNING:
        return Warned(text=record.getMessage().rstrip())
    return Note(text=record.getMessage().rstrip()) if record.levelno >= NOTE else None


class LogFormatter(logging.Formatter):
    """A message as people read it in the log: `seeds/cam shard 0003: warning: ...`.

    Args:
        job: name of the job.
    """

    def __init__(self, job: str):
        super().__init__()
        self._job = job

    def format(self, record: logging.LogRecord) -> str:
        """The message behind the name of the job and, for a note, a warning or an error, that word."""
        return f"{self._job}: {LABELS.get(record.levelno, '')}{super().format(record).rstrip()}"
