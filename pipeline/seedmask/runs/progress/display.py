"""Look again and again, for `seedmask status --watch`."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol, runtime_checkable

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from seedmask.runs.progress.state import ProgressRow, State

STYLES = {
    State.waiting: "dim",
    State.running: "bold cyan",
    State.done: "green",
    State.failed: "bold red",
    State.stopped: "yellow",
    State.stale: "yellow",
}
NUMBERS = {"done": 11, "images": 11, "images/s": 8, "left": 7, "loss": 6}
"""Columns of numbers and their least widths, so that nothing moves while numbers grow."""
STATE = 7
"""Width of the longest state."""
SHORTEST = 12
"""Characters that are left of a name, however narrow the terminal."""
WIDE = 90
"""Columns of a terminal from which on images are counted beside shards."""


def table_of(rows: Sequence[ProgressRow], width: int, height: int | None = None, caption: str = "") -> Table:
    """One line a row; where there is not enough room, those that nothing happens to are only counted.

    Args:
        rows: of a survey.
        width: columns of the terminal.
        height: most lines; all rows when not given.
        caption: a line below.
    """
    table = Table(box=None, pad_edge=False, header_style="bold", caption=caption or None, caption_justify="left")
    columns = {heading: wide for heading, wide in NUMBERS.items() if heading != "images" or width >= WIDE}
    room = max(width - sum(2 + wide for wide in (STATE, *columns.values())), SHORTEST)
    table.add_column("variant", no_wrap=True)
    table.add_column("state", no_wrap=True, min_width=STATE)
    for heading, wide in columns.items():
        table.add_column(heading, justify="right", no_wrap=True, min_width=wide)
    shown = _chosen(rows, height)
    for row in shown:
        images = f"{row.images_done}/{row.images}" if row.images else ""
        loss = "" if row.epoch is None or row.epoch.loss is None else f"{row.epoch.loss:.3f}"
        cells = [_done(row), *[images] * ("images" in columns), _rate(row), _left(row), loss]
        name = row.name if len(row.name) <= room else f"{row.name[: room - 1]}…"
        table.add_row(escape(name), f"[{STYLES[row.state]}]{row.state}[/]", *cells)
    hidden = Counter(row.state for row in rows) - Counter(row.state for row in shown)
    if hidden:
        more = ", ".join(f"{count} {state}" for state, count in hidden.items())
        table.add_row(f"[dim]and {more}[/]")
    return table


def _chosen(rows: Sequence[ProgressRow], height: int | None) -> list[ProgressRow]:
    """The rows that fit, in their order: first what happens, then what is to come, then what is done."""
    if height is None or len(rows) <= height - 1:
        return list(rows)
    rank = {State.failed: 0, State.running: 0, State.stopped: 1, State.stale: 2, State.waiting: 2, State.done: 3}
    places = sorted(range(len(rows)), key=lambda place: (rank[rows[place].state], place))
    return [rows[place] for place in sorted(places[: max(height - 2, 1)])]


def _done(row: ProgressRow) -> str:
    if row.epoch:
        return f"epoch {row.epoch.number}/{row.epoch.of}"
    return f"{row.done}/{row.jobs}"


def _rate(row: ProgressRow) -> str:
    if not (rate := row.throughput):
        return ""
    return f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}" if rate >= 1 else f"{rate:.2f}"


def _left(row: ProgressRow) -> str:
    return "" if row.left is None else clock(row.left)


def clock(seconds: float) -> str:
    """`0:07`, `12:30` or `2:05:09`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def in_words(row: ProgressRow) -> str:
    """What a row says, as a line: `seeds/cam: 3 of 10 shards, 7.3 images/s, 0:26 left`."""
    if row.epoch:
        parts = [f"epoch {row.epoch.number} of {row.epoch.of}"]
        parts += [f"loss {row.epoch.loss:.3f}"] * (row.epoch.loss is not None)
        parts += [f"{row.epoch.seconds:.1f} s an epoch"] * (row.epoch.seconds > 0)
    elif row.images:
        parts = [f"{row.done} of {row.jobs} shards", *[f"{_rate(row)} images/s"] * bool(row.throughput)]
    else:
        parts = [f"{row.done} of {row.jobs}"] * (row.jobs > 1)
    parts += [f"{_left(row)} left"] * (row.left is not None)
    return ", ".join(parts)


MOST_LINES = 24
"""Height of the table on a terminal, whatever the terminal's."""
STEP_SECONDS = 60
"""Time between two lines on a variant that goes on."""


@runtime_checkable
class Display(Protocol):
    """Something that rows are shown on."""

    def update(self, rows: Sequence[ProgressRow], caption: str = "") -> None:
        """Show the rows as they are now, and a line on all of them where it can be drawn over."""

    def close(self) -> None:
        """Leave the terminal as it was, with the last rows on it."""


def display_on(console: Console) -> Display:
    """The display that a console is fit for."""
    # A log that wants colours is no terminal yet.
    is_terminal = console.is_terminal and console.file.isatty() and not console.is_dumb_terminal
    return LiveTable(console) if is_terminal else LineDisplay(console)


class LiveTable:
    """A table that is drawn over; what else is printed scrolls by above it."""

    def __init__(self, console: Console):
        self._console = console
        self._live = Live(console=console, auto_refresh=False)

    def update(self, rows: Sequence[ProgressRow], caption: str = "") -> None:
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


class LineDisplay:
    """A line when a variant starts and ends, and one a minute between."""

    def __init__(self, console: Console):
        self._console = console
        self._before: dict[str, ProgressRow] = {}
        self._told: dict[str, float] = {}

    def update(self, rows: Sequence[ProgressRow], caption: str = "") -> None:  # noqa: ARG002  it changes every second
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

    def _tell(self, row: ProgressRow, words: str) -> None:
        if words:
            self._console.print(f"{row.name}: {words}", markup=False, highlight=False, soft_wrap=True)
        self._told[row.name] = time.monotonic()

    def close(self) -> None:
        """Nothing is left to be done."""


def _there(row: ProgressRow) -> str:
    if row.jobs == 1:
        return ""
    kind = "shards" if row.images else "jobs"
    return f", {row.jobs} {kind}" + f", {row.done} of them there" * bool(row.done)


def watch_on(console: Console, rows: Callable[[], Sequence[ProgressRow]], seconds: float) -> None:
    """Show the rows until all of them are done, or until Ctrl-C.

    Args:
        console: where; a file gets lines.
        rows: looks at the results.
        seconds: between two looks.
    """
    display = display_on(console)
    try:
        display.update(found := rows())
        while any(row.state != State.done for row in found):
            time.sleep(seconds)
            display.update(found := rows())
    except KeyboardInterrupt:
        pass
    finally:
        display.close()
