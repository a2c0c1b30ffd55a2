"""Logits at a network's own resolution, and what they are at each pixel: whole, or a few rows at a time.

The logits of many classes at every pixel of a large image need gigabytes; those that the network computes do not.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int64
from torch.nn.functional import interpolate

Rows = Callable[[int, int], Float[torch.Tensor, "N n W C"]]
"""Rows of some maps from a first to a last one (exclusive); none lies above those of an earlier call."""


class CoarseLogits(NamedTuple):
    """Logits of some images before they are enlarged."""

    maps: Float[torch.Tensor, "N C h w"]
    """At the resolution of the network's last features."""
    size: Sequence[int]
    """Height and width in pixels that the maps span: those of the images, padding on the right and below included."""
    align_corners: bool = False
    """Whether the outer positions lie on the centres of the outer pixels, and not their outlines on one another."""

    def enlarged(self) -> Float[torch.Tensor, "N C H W"]:
        """Logits at every pixel, padding included."""
        return interpolate(self.maps, tuple(self.size), mode="bilinear", align_corners=self.align_corners)


class Taps(NamedTuple):
    """The two positions that each pixel along an axis lies between."""

    first: Int64[torch.Tensor, " n"]
    second: Int64[torch.Tensor, " n"]
    share: Float[torch.Tensor, " n"]
    """How far the pixel lies towards the second, 0..1."""

    def part(self, first: int, last: int, offset: int = 0) -> "Taps":
        """Those of the pixels from `first` to `last` (exclusive), of positions that are counted from `offset`."""
        return Taps(self.first[first:last] - offset, self.second[first:last] - offset, self.share[first:last])

    def to(self, device: torch.device) -> "Taps":
        """The same on a device."""
        return Taps(*(each.to(device) for each in self))


def bilinear_taps(old: int, new: int, *, align_corners: bool) -> Taps:
    """Where `interpolate` samples an axis of `old` positions for `new` pixels, in double precision."""
    pixels = torch.arange(new, dtype=torch.float64)
    if align_corners:
        places = pixels * ((old - 1) / max(new - 1, 1))
    else:
        places = ((pixels + 0.5) * (old / new) - 0.5).clamp_min(0)
    first = places.long().clamp_max(old - 1)
    return Taps(first, (first + 1).clamp_max(old - 1), (places - first).float())


class ResizedRows:
    """Rows of maps at another size, read from the top to the bottom.

    Bilinear, without antialias. A row has the same bits whichever rows are read with it.

    Args:
        source: the maps' own rows.
        old: height and width of the maps.
        new: height and width wanted.
        align_corners: see `CoarseLogits`.
        device: where the maps are.
    """

    def __init__(
        self,
        source: Rows,
        old: Sequence[int],
        new: Sequence[int],
        *,
        align_corners: bool,
        device: torch.device,
    ):
        self._rows, columns = (
            bilinear_taps(*lengths, align_corners=align_corners) for lengths in zip(old, new, strict=True)
        )
        self._source, self._columns = source, columns.to(device)
        self._wide: torch.Tensor | None = None
        self._first = self._last = 0

    def rows(self, first: int, last: int) -> Float[torch.Tensor, "N n W C"]:
        """See `Rows`."""
        start, end = int(self._rows.first[first]), int(self._rows.second[last - 1]) + 1
        wide = self._widened(start, end)
        return _between(wide, 1, self._rows.part(first, last, start).to(wide.device))

    def _widened(self, first: int, last: int) -> Float[torch.Tensor, "N n W C"]:
        """Rows of the maps at the columns of pixels, the last of which the next call may need again."""
        parts = [] if self._wide is None or first >= self._last else [self._wide[:, first - self._first :]]
        if last > self._last:
            parts.append(_between(self._source(max(first, self._last), last), 2, self._columns))
        self._first, self._last = first, max(last, self._last)
        self._wide = parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)
        return self._wide


def _between(maps: Float[torch.Tensor, "N h w C"], axis: int, taps: Taps) -> Float[torch.Tensor, "N h2 w2 C"]:
    """Maps at the pixels of an axis."""
    first, second = maps.index_select(axis, taps.first), maps.index_select(axis, taps.second)
    return torch.lerp(first, second, taps.share.view(-1, *[1] * (maps.ndim - 1 - axis)))
