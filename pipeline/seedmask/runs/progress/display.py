"""How progress is shown: a table on a terminal, lines elsewhere; and watching it, for `seedmask status --watch`."""

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
"""Least width of a name, however narrow the terminal."""
WIDE = 90
"""Columns of a terminal from which on images are counted beside shards."""


def table_of(rows: Sequence[ProgressRow], width: int, height: int | None = None, caption: str = "") -> Table:
    """One line a row; of more rows than fit, those in which nothing happens are only counted.

    Args:
        rows: progress of the variants.
        width: columns of the terminal.
        height: most lines; all rows when not given.
        caption: a line below.
    """
    table = Table(box=None, pad_edge=False, header_style="bold", caption=caption or None, caption_justify="left")
    columns = {heading: wide for heading, wide in NUMBERS.items() if heading != "images" or width >= WIDE}
    longest = max(width - sum(2 + wide for wide in (STATE, *columns.values())), SHORTEST)
    table.add_column("variant", no_wrap=True)
    table.add_column("state", no_wrap=True, min_width=STATE)
    for heading, wide in columns.items():
        table.add_column(heading, justify="right", no_wrap=True, min_width=wide)
    shown = _chosen(rows, height)
    for row in shown:
        images = f"{row.images_done}/{row.images}" if row.images else ""
        loss = "" if row.epoch is None or row.epoch.loss is None else f"{row.epoch.loss:.3f}"
        cells = [_done(row), *[images] * ("images" in columns), _rate(row), _left(row), loss]
        name = row.name if len(row.name) <= longest else f"{row.name[: longest - 1]}…"
        table.add_row(escape(name), f"[{STYLES[row.state]}]{row.state}[/]", *cells)
    hidden = Counter(row.state for row in rows) - Counter(row.state for row in shown)
    if hidden:
        more = ", ".join(f"{count} {state}" for state, count in hidden.items())
        table.add_row(f"[dim]and {more}[/]")
    return table


def _chosen(rows: Sequence[ProgressRow], height: int | None) -> list[ProgressRow]:
    """The rows that fit, in their order: running ones first, then those to come, then those that are done."""
    if height is None or len(rows) <= height - 1:
        return list(rows)
    rank = {State.failed: 0, State.running: 0, State.stopped: 1, State.stale: 2, State.waiting: 2, State.done: 3}
    positions = sorted(range(len(rows)), key=lambda number: (rank[rows[number].state], number))
    return [rows[number] for number in sorted(positions[: max(height - 2, 1)])]


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


def as_line(row: ProgressRow) -> str:
    """A row as a line: `seeds/cam: 3 of 10 shards, 7.3 images/s, 0:26 left`."""
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
    """Shows rows."""

    def update(self, rows: Sequence[ProgressRow], caption: str = "") -> None:
        """Show the rows as they are now, and a line on all of them where it can be drawn over."""

    def close(self) -> None:
        """Leave the last rows on the terminal."""


def display_on(console: Console) -> Display:
    """The display that suits a console."""
    # A file may ask for colours, too.
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
        self._printed: dict[str, float] = {}

    def update(self, rows: Sequence[ProgressRow], caption: str = "") -> None:  # noqa: ARG002  it changes every second
        """Print what has changed."""
        for row in rows:
            before = self._before.get(row.name)
            if row.state == State.running and row.name not in self._printed:
                self._print(row, f"started{_there(row)}")
            elif row.state == State.running and time.monotonic() - self._printed[row.name] >= STEP_SECONDS:
                self._print(row, as_line(row))
            elif before and row.state != before.state and row.state in (State.done, State.failed):
                # Old scores count as done for a moment before they are removed.
                if row.name in self._printed or row.done > before.done:
                    self._print(row, ", ".join(filter(None, (str(row.state), as_line(row)))))
                self._printed.pop(row.name, None)
            self._before[row.name] = row

    def _print(self, row: ProgressRow, text: str) -> None:
        if text:
            self._console.print(f"{row.name}: {text}", markup=False, highlight=False, soft_wrap=True)
        self._printed[row.name] = time.monotonic()

    def close(self) -> None:
        """Do nothing: every line is printed at once."""


def _there(row: ProgressRow) -> str:
    if row.jobs == 1:
        return ""
    kind = "shards" if row.images else "jobs"
    return f", {row.jobs} {kind}" + f", {row.done} of them there" * bool(row.done)


def watch_on(console: Console, rows: Callable[[], Sequence[ProgressRow]], seconds: float) -> None:
    """Show the rows until all of them are done, or until Ctrl-C.

    Args:
        console: where; a file gets lines.
        rows: reads the progress.
        seconds: between two updates.
    """
    display = display_on(console)
    try:
        display.update(current := rows())
        while any(row.state != State.done for row in current):
            time.sleep(seconds)
            display.update(current := rows())
    except KeyboardInterrupt:
        pass
    finally:
        display.close()
