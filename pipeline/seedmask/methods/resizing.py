"""Sizes of resized images, and pixels as OpenCV resizes them, without being it.

OpenCV's bilinear looks at the two nearest pixels along each axis however much an image shrinks (no antialias), and
computes bytes with weights of 11 bits. Networks trained on such views are shown the same ones in tests.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int, Shaped, UInt8

from seedmask.methods.cams import Number

Rounding = Literal["half_even", "half_up", "down"]
"""How a length becomes whole: Python's `round`, int(length + 0.5), or int(length)."""
BITS = 11
"""Of OpenCV's weights of bytes."""


def whole(length: Number, rounding: Rounding) -> int:
    """A length in whole pixels, at least 1."""
    return max(1, round(length) if rounding == "half_even" else int(length + (rounding == "half_up") / 2))


def scaled_size(size: Sequence[int], factor: Number, rounding: Rounding = "half_even") -> tuple[int, int]:
    """Height and width times a factor."""
    height, width = size
    return whole(height * factor, rounding), whole(width * factor, rounding)


def size_with_long_side(size: Sequence[int], length: int, rounding: Rounding = "half_even") -> tuple[int, int]:
    """Height and width with the longer one `length` pixels."""
    height, width = size
    longest = max(size)
    return whole(height * length / longest, rounding), whole(width * length / longest, rounding)


def size_in_box(
    size: Sequence[int], short_side: int, longest: int | None, factor: Number = 1.0, rounding: Rounding = "half_up"
) -> tuple[int, int]:
    """Height and width with the same proportions, as large as a box allows (mmcv's `imrescale`).

    Args:
        size: height and width.
        short_side: of the box at factor 1; the shorter side gets this long.
        longest: longer side of the box at factor 1, which the longer side never exceeds; None for no bound.
        factor: of the box; its sides are rounded down.
        rounding: of the size.
    """
    ratio = int(short_side * factor) / min(size)
    if longest is not None:
        ratio = min(int(longest * factor) / max(size), ratio)
    return scaled_size(size, ratio, rounding)


def bilinear_bytes(image: UInt8[np.ndarray, "H W 3"], size: Sequence[int]) -> UInt8[np.ndarray, "h w 3"]:
    """Bilinear without antialias on bytes; the same bytes as OpenCV's `INTER_LINEAR`.

    Args:
        image: RGB or BGR.
        size: height and width wanted.
    """
    (left, right, to_right), (above, below, to_below) = (
        _columns(image.shape[1], size[1]),
        _taps(image.shape[0], size[0]),
    )
    (left_weight, right_weight), (above_weight, below_weight) = _weights(to_right), _weights(to_below)
    levels = image.astype(np.int32)
    # OpenCV drops four bits of a row, and sixteen of it times its weight, to stay within 16 bits
    rows = (levels[:, left] * left_weight[:, None] + levels[:, right] * right_weight[:, None]) >> 4
    upper = (rows[above] * above_weight[:, None, None]) >> 16
    lower = (rows[below] * below_weight[:, None, None]) >> 16
    return ((upper + lower + 2) >> 2).astype(np.uint8)


def bilinear_floats(image: UInt8[np.ndarray, "H W 3"], size: Sequence[int]) -> Float32[np.ndarray, "h w 3"]:
    """Bilinear without antialias in single precision, 0..255, as OpenCV's `INTER_LINEAR` on floats.

    Args:
        image: RGB or BGR.
        size: height and width wanted.
    """
    (left, right, to_right), (above, below, to_below) = (
        _columns(image.shape[1], size[1]),
        _taps(image.shape[0], size[0]),
    )
    levels, to_right, to_below = image.astype(np.float32), to_right[:, None], to_below[:, None, None]
    rows = levels[:, left] * (1 - to_right) + levels[:, right] * to_right
    return rows[above] * (1 - to_below) + rows[below] * to_below


def nearest_labels(labels: Shaped[np.ndarray, "H W"], size: Sequence[int]) -> Shaped[np.ndarray, "h w"]:
    """Labels at the corner ⌊i H/h⌋ of each place, as OpenCV's `INTER_NEAREST`, which computes H/h as 1/(h/H).

    Args:
        labels: anything.
        size: height and width wanted.
    """
    rows, columns = (
        np.minimum(np.floor(np.arange(new) * (1 / (new / old))).astype(int), old - 1)
        for old, new in zip(labels.shape, size, strict=True)
    )
    return labels[rows[:, None], columns]


def _taps(old: int, new: int) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"], Float32[np.ndarray, " n"]]:
    """The two pixels that each new one lies between, and how far towards the second, 0..1."""
    positions = ((np.arange(new) + 0.5) * (1 / (new / old)) - 0.5).astype(np.float32)
    first = np.floor(positions).astype(int)
    return first.clip(0, old - 1), (first + 1).clip(0, old - 1), positions - first.astype(np.float32)


def _columns(old: int, new: int) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"], Float32[np.ndarray, " n"]]:
    """`_taps` along rows: OpenCV weighs a border pixel once there, and twice along columns, which bytes tell apart."""
    first, second, share = _taps(old, new)
    return first, second, np.where(first == second, np.float32(0), share)


def _weights(share: Float32[np.ndarray, " n"]) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    one = np.float32(1 << BITS)
    return np.rint((1 - share) * one).astype(np.int32), np.rint(share * one).astype(np.int32)
