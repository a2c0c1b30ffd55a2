"""How far the masks of a class can be trusted, by what is known of them without truth.

Up to five parts of the way from tags to predictions are known, each 0..1, 1 where nothing speaks against the class:

    knows   max(0, (AP - chance) / (1 - chance)): the classifier separates unseen images of the class from others
    clear   mean activation of its maps inside its masks: low where a mask rests on a map that points nowhere
    fits    1 - share of its masks that are nearly empty or nearly full
    finds   F1 of the pictures in which predictions find it, against the tags
    agrees  IoU of its predictions with the masks that they were learned from

Trust is the geometric mean of those that are known. A way is as good as its parts: a mask of sensible size is worth
nothing where no segmenter finds the class, so a part near 0 must bring trust near 0, which the arithmetic mean would
not do; and a plain product would fall with every part that happens to be known.

`knows` and `finds` both say whether the class is recognised. Where there are predictions, `finds` says it at the end of
the way and by all tags, and `knows`, by the few pictures of a fold, is not counted. A first rule counted it and had no
`clear`; docs/experiments.md has what both are worth, and what else was tried.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod


@dataclass(frozen=True)
class Parts:
    """What is known of a class, 0..1 each; None where it is not."""

    knows: float | None = None
    clear: float | None = None
    fits: float | None = None
    finds: float | None = None
    agrees: float | None = None

    def counted(self) -> Mapping[str, float]:
        """Those that trust is made of, by name."""
        superseded = "knows" if self.finds is not None else ""
        return {name: value for name, value in vars(self).items() if value is not None and name != superseded}

    @property
    def trust(self) -> float | None:
        """Their geometric mean; None where nothing is known."""
        values = self.counted().values()
        return prod(values) ** (1 / len(values)) if values else None


def above_chance(precision: float | None, chance: float) -> float | None:
    """Average precision on the scale from a ranking at random, 0, to a perfect one, 1.

    Args:
        precision: average precision, 0..1.
        chance: that of a ranking at random, the share of pictures that show the class.

    Returns:
        0..1; None where the precision is not known, or where every picture shows the class and none could be lower.
    """
    return None if precision is None or chance >= 1 else max(0.0, (precision - chance) / (1 - chance))
