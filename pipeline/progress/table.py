"""The rows of a survey as a table and in words."""

from collections import Counter
from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table

from pipeline.progress.rows import Row, State

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


def table_of(rows: Sequence[Row], width: int, height: int | None = None, caption: str = "") -> Table:
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


def _chosen(rows: Sequence[Row], height: int | None) -> list[Row]:
    """The rows that fit, in their order: first what happens, then what is to come, then what is done."""
    if height is None or len(rows) <= height - 1:
        return list(rows)
    rank = {State.failed: 0, State.running: 0, State.stopped: 1, State.stale: 2, State.waiting: 2, State.done: 3}
    places = sorted(range(len(rows)), key=lambda place: (rank[rows[place].state], place))
    return [rows[place] for place in sorted(places[: max(height - 2, 1)])]


def _done(row: Row) -> str:
    if row.epoch:
        return f"epoch {row.epoch.number}/{row.epoch.of}"
    return f"{row.done}/{row.jobs}"


def _rate(row: Row) -> str:
    if not (rate := row.throughput):
        return ""
    return f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}" if rate >= 1 else f"{rate:.2f}"


def _left(row: Row) -> str:
    return "" if row.left is None else clock(row.left)


def clock(seconds: float) -> str:
    """`0:07`, `12:30` or `2:05:09`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def in_words(row: Row) -> str:
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
