"""The run-length code of Label Studio's brush regions.

The code (`rle-pack` of thi.ng/umbrella) is a string of bits: 32 for the number of values, 5 for the bits of a value
less one, four times 4 for the bits of a length less one; then blocks, each with a bit, 2 bits that choose among those
four, a length less one, and one value for all of the block (bit 1) or a value for each (bit 0). The values are R, G,
B and alpha of one pixel after another.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt8

WORD, LENGTHS = 8, (3, 4, 8, 16)
"""Bits of a value, and of the four formats of the length of a block, as Label Studio writes them."""
CHANNELS = 4


def encode_brush(region: Bool[np.ndarray, "H W"]) -> list[int]:
    """Bytes of the code of a region, opaque white where it is and transparent black elsewhere."""
    values = np.repeat(np.where(region.ravel(), 255, 0), CHANNELS)
    ends = np.flatnonzero(np.diff(values, append=-1)) + 1
    bits = [f"{len(values):032b}", f"{WORD - 1:05b}", *(f"{length - 1:04b}" for length in LENGTHS)]
    start = 0
    for end in ends.tolist():
        value = int(values[start])
        while start < end:
            count = min(end - start, 1 << LENGTHS[-1])
            choice = next(n for n, length in enumerate(LENGTHS) if count <= 1 << length)
            bits.append(f"1{choice:02b}{count - 1:0{LENGTHS[choice]}b}{value:0{WORD}b}")
            start += count
    text = "".join(bits)
    text += "0" * (-len(text) % 8)
    return list(int(text, 2).to_bytes(len(text) // 8))


def decode_brush(code: Sequence[Any], height: int, width: int) -> Bool[np.ndarray, "H W"]:
    """Pixels of a region: those that are not fully transparent, as Label Studio's own converter has it.

    Args:
        code: bytes of the code, 0..255.
        height: of the picture in pixels, `original_height` of the region.
        width: of the picture in pixels, `original_width` of the region.

    Raises:
        ValueError: a number is no byte, the code ends too early, or it is of a picture of another size.
    """
    numbers = np.array(code, int if len(code) == 0 else None)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or ((numbers < 0) | (numbers > 255)).any():
        raise ValueError("a brush region is not a list of bytes, whole numbers from 0 to 255")
    bits = _Bits(np.unpackbits(numbers.astype(np.uint8)))
    total, expected = bits.number(32), CHANNELS * height * width
    if total != expected:
        raise ValueError(
            f"a brush region has {total} values, expected {expected}, {CHANNELS} for each of {width} x {height} pixels"
        )
    word = bits.number(5) + 1
    lengths = [bits.number(4) + 1 for _ in range(4)]
    values, at = np.zeros(total, bool), 0
    while at < total:
        is_run = bits.number(1)
        count = bits.number(lengths[bits.number(2)]) + 1
        if at + count > total:
            raise ValueError(f"a brush region has more than the {total} values that it announces")
        values[at : at + count] = bits.number(word) > 0 if is_run else bits.take(count * word).reshape(-1, word).any(1)
        at += count
    return values.reshape(height, width, CHANNELS)[..., -1]


class _Bits:
    """Bits that are read one number after another."""

    def __init__(self, bits: UInt8[np.ndarray, " N"]):
        self._bits, self._at = bits, 0

    def take(self, count: int) -> UInt8[np.ndarray, " count"]:
        """The next bits."""
        self._at += count
        if self._at > len(self._bits):
            raise ValueError(f"a brush region ends after {len(self._bits) // 8} bytes, before its last pixel")
        return self._bits[self._at - count : self._at]

    def number(self, count: int) -> int:
        """The next bits as a number, the highest bit first."""
        value = 0
        for bit in self.take(count).tolist():
            value = 2 * value + bit
        return value
