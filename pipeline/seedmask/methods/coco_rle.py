"""Run lengths of COCO: pixels column by column, in runs of 0 and 1 in turn, the first of 0.

Files hold the lengths as a list, or as a text: each length, from the fourth on less the one before the last, in groups
of 5 bits, the lowest first, with a sixth bit where more follow, and a sign in the highest bit of the last; each group
is the character with that number, counted from `0`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool

FIRST = ord("0")
GROUP = 5
"""Bits of a character that are the number's."""
SIGN, MORE, VALUE = 0x10, 0x20, 0x1F


def counts_of(text: str) -> list[int]:
    """Lengths of the runs that a text holds.

    Raises:
        ValueError: it holds other characters, or ends within a number.
    """
    counts: list[int] = []
    number = shift = 0
    for character in text:
        group = ord(character) - FIRST
        if not 0 <= group < 1 << GROUP + 1:
            raise ValueError(f"run lengths of COCO hold {character!r}")
        number |= (group & VALUE) << shift
        shift += GROUP
        if group & MORE:
            continue
        number -= (1 << shift) * bool(group & SIGN)
        counts.append(number + (counts[-2] if len(counts) > 2 else 0))
        number = shift = 0
    if shift:
        raise ValueError("run lengths of COCO end within a number")
    return counts


def decode_runs(counts: Sequence[Any] | str, height: int, width: int) -> Bool[np.ndarray, "H W"]:
    """Pixels of the runs of 1.

    Args:
        counts: lengths of the runs, as a list or a text.
        height: of the picture in pixels.
        width: of the picture in pixels.

    Raises:
        ValueError: a length is no number of pixels, or they are not those of the picture.
    """
    lengths = counts_of(counts) if isinstance(counts, str) else list(counts)
    if not all(isinstance(length, int) and length >= 0 for length in lengths):
        raise ValueError("run lengths of COCO that are no numbers of pixels")
    if sum(lengths) != height * width:
        raise ValueError(f"run lengths of {sum(lengths)} pixels, expected {width} x {height}")
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, np.array(lengths, int)).reshape(width, height).T
