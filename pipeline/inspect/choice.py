"""Which pictures a contact sheet shows: few, spread over the set, with as many classes as possible."""

from collections import Counter
from collections.abc import Sequence
from statistics import fmean as mean

from pipeline.data.index import Row

GOLDEN_SECTION = 0.6180339887498949
NO_CLASS = -1


def choose(rows: Sequence[Row], count: int) -> list[Row]:
    """Some of the rows, always the same ones, in the order of the index.

    Each pick is the picture whose classes were shown least, on average; among equals the steps of the golden section
    decide, which spread over the set without a period that the set could share.
    """
    spread = sorted(range(len(rows)), key=lambda number: (number + 1) * GOLDEN_SECTION % 1)
    shown: Counter[int] = Counter()
    chosen: list[int] = []
    for _ in range(min(count, len(rows))):
        number = min(spread, key=lambda number: mean(shown[tag] for tag in _classes(rows[number])))
        shown.update(_classes(rows[number]))
        spread.remove(number)
        chosen.append(number)
    return [rows[number] for number in sorted(chosen)]


def _classes(row: Row) -> tuple[int, ...]:
    return row.tags or (NO_CLASS,)
