"""Which pixels of a picture its figures have, while it is arranged."""

import numpy as np
from jaxtyping import Bool

from seedmask.demo.hard.figures import Figure
from seedmask.demo.hard.raster import PixelBox

CUT_OFF = (0.12, 0.5)
"""Share of a thing outside of the picture, if the frame cuts it."""
HIDDEN = (0.08, 0.45)
"""Share of another thing that an overlapping one hides."""
OF_SALIENT = 0.1
"""The most that a thing hides of what stands out."""
LEAST_SEEN = 0.5
"""Of the pixels of a thing inside of the picture, after all that is in front of it."""


class Occupancy:
    """Figures from back to front, and the pixels of each that are seen."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.width, self.height = size
        self.figures: list[Figure] = []
        self.whole: list[int] = []
        """Pixels of each figure inside of the picture."""
        self.seen: list[int] = []
        """Those that no later figure hides."""
        self._owner = np.full((self.height, self.width), -1)

    @property
    def things(self) -> list[Figure]:
        """What has a tag."""
        return [figure for figure in self.figures if figure.role == "thing"]

    def add(self, figure: Figure) -> None:
        """Put a figure in front of the others."""
        place, part = self._inside(*figure.silhouette())
        self._owner[place][part] = len(self.figures)
        self.figures.append(figure)
        self.whole.append(int(part.sum()))
        self.seen = self._counts(self._owner)

    def fits(
        self, box: PixelBox, pixels: Bool[np.ndarray, "h w"], moved: tuple[int, int], *, cut: bool, overlapping: bool
    ) -> bool:
        """Whether a thing would be cut by the frame and hide another as it should.

        Args:
            box: of its silhouette.
            pixels: its silhouette.
            moved: columns and rows by which both are moved.
            cut: whether the frame is to cut it; else it is to be whole.
            overlapping: whether it is to hide a part of another thing; else it is to hide nothing of any.
        """
        x, y = moved
        place, part = self._inside(PixelBox(box.left + x, box.top + y, box.right + x, box.bottom + y), pixels)
        outside = 1 - part.sum() / pixels.sum()
        if not (CUT_OFF[0] <= outside <= CUT_OFF[1] if cut else outside == 0):
            return False
        hidden = self._hidden(self._owner[place][part])
        if not self._leaves_enough(hidden, OF_SALIENT):
            return False
        most = max((hidden[number] / self.seen[number] for number in hidden if self._is_thing(number)), default=0)
        return HIDDEN[0] <= most <= HIDDEN[1] if overlapping else most == 0

    def hides_little(self, figure: Figure, most: float) -> bool:
        """Whether a distractor in front of all would hide no more than `most` of any figure, and no small thing."""
        place, part = self._inside(*figure.silhouette())
        hidden = self._hidden(self._owner[place][part])
        few = all(
            count <= most * self.seen[number] and not self.figures[number].small for number, count in hidden.items()
        )
        return few and self._leaves_enough(hidden, most)

    def cover(self, figure: Figure) -> None:
        """Take the pixels of a distractor in front of all from the figures that have them."""
        place, part = self._inside(*figure.silhouette())
        self._owner[place][part] = -1
        self.seen = self._counts(self._owner)

    def _counts(self, owners: np.ndarray) -> list[int]:
        """Pixels of each figure."""
        return np.bincount(owners[owners >= 0], minlength=len(self.figures)).tolist()

    def _hidden(self, owners: np.ndarray) -> dict[int, int]:
        return {number: count for number, count in enumerate(self._counts(owners)) if count}

    def _is_thing(self, number: int) -> bool:
        return self.figures[number].role == "thing"

    def _leaves_enough(self, hidden: dict[int, int], of_salient: float) -> bool:
        for number, count in hidden.items():
            if self._is_thing(number):
                if self.seen[number] - count < LEAST_SEEN * self.whole[number]:
                    return False
            elif count > of_salient * self.seen[number]:
                return False
        return True

    def _inside(
        self, box: PixelBox, pixels: Bool[np.ndarray, "h w"]
    ) -> tuple[tuple[slice, slice], Bool[np.ndarray, "a b"]]:
        """Rows and columns of the picture in a box, and the pixels of a silhouette there."""
        inner = box.within((self.width, self.height))
        if inner.empty:
            return (slice(0), slice(0)), np.zeros((0, 0), bool)
        rows = slice(inner.top - box.top, inner.bottom - box.top)
        return inner.slices(), pixels[rows, inner.left - box.left : inner.right - box.left]
