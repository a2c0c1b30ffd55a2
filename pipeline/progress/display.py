"""Rows of a survey as they change: a table in its place on a terminal, lines where there is none."""

import time
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from rich.console import Console, Group
from rich.live import Live

from pipeline.progress.rows import Row, State
from pipeline.progress.table import in_words, table_of

MOST_LINES = 24
"""Height of the table on a terminal, whatever the terminal's."""
STEP_SECONDS = 60
"""Time between two lines on a variant that goes on."""


@runtime_checkable
class Display(Protocol):
    """Something that rows are shown on."""

    def update(self, rows: Sequence[Row], caption: str = "") -> None:
        """Show the rows as they are now, and a line on all of them where it can be drawn over."""

    def close(self) -> None:
        """Leave the terminal as it was, with the last rows on it."""


def display_on(console: Console) -> Display:
    """The display that a console is fit for."""
    # A log that wants colours is no terminal yet.
    is_terminal = console.is_terminal and console.file.isatty() and not console.is_dumb_terminal
    return LiveTable(console) if is_terminal else Lines(console)


class LiveTable:
    """A table that is drawn over; what else is printed scrolls by above it."""

    def __init__(self, console: Console):
        self._console = console
        self._live = Live(console=console, auto_refresh=False)

    def update(self, rows: Sequence[Row], caption: str = "") -> None:
        """Draw the rows over those before."""
        if not self._live.is_started:
            self._live.start()
            self._console.show_cursor()  # so that it is there after a kill, too
        height = min(self._console.height - 5, MOST_LINES)
        table = table_of(rows, self._console.width, height, caption)
        self._live.update(Group(table, ""), refresh=True)  # the cursor waits on a line of its own

    def close(self) -> None:
        """Leave the last table on the terminal."""
        self._live.stop()


class Lines:
    """A line when a variant starts and ends, and one a minute between."""

    def __init__(self, console: Console):
        self._console = console
        self._before: dict[str, Row] = {}
        self._told: dict[str, float] = {}

    def update(self, rows: Sequence[Row], caption: str = "") -> None:  # noqa: ARG002  it changes every second
        """Print what has changed."""
        for row in rows:
            before = self._before.get(row.name)
            if row.state == State.running and row.name not in self._told:
                self._tell(row, f"started{_there(row)}")
            elif row.state == State.running and time.monotonic() - self._told[row.name] >= STEP_SECONDS:
                self._tell(row, in_words(row))
            elif before and row.state != before.state and row.state in (State.done, State.failed):
                # Scores of what is made anew count as done for a moment before they are, too.
                if row.name in self._told or row.done > before.done:
                    self._tell(row, ", ".join(filter(None, (str(row.state), in_words(row)))))
                self._told.pop(row.name, None)
            self._before[row.name] = row

    def _tell(self, row: Row, words: str) -> None:
        if words:
            self._console.print(f"{row.name}: {words}", markup=False, highlight=False, soft_wrap=True)
        self._told[row.name] = time.monotonic()

    def close(self) -> None:
        """Nothing is left to be done."""


def _there(row: Row) -> str:
    if row.jobs == 1:
        return ""
    kind = "shards" if row.images else "jobs"
    return f", {row.jobs} {kind}" + f", {row.done} of them there" * bool(row.done)
