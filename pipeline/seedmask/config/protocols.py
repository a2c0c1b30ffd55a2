"""Named protocols: how papers score masks and seeds, as one table (docs/protocols.md).

A name stands for all that changes a number besides the masks. What a set or a variant does otherwise is a departure,
which stands in each result beside the name.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

AbsentClass = Literal["skip_union", "skip_truth", "zero"]
"""A class is left out of the mean if it is in neither truth nor prediction (IRN), or not in the truth (CLIP-ES); or it
counts as 0 (SEAM). This choice changes the mean most."""
IgnoredPrediction = Literal["background", "error", "ignore"]
"""What a predicted 255 is: background (as IRN scores masks; without such a class it is wrong, as Cityscapes' own script
has it), refused, or left out of the count."""
ProtocolName = Literal["voc", "irn-seeds", "seam-seeds", "coco81", "cityscapes", "ade20k"]
VIEWS = ("scales", "flip", "window", "crf")
"""Options that say how a trained network is shown a picture, and what becomes of its scores."""


@dataclass(frozen=True)
class KnownList:
    """A list of pictures as it is handed out with a data set.

    Args:
        title: what people call it.
        split: split of ours that holds it.
        images: its length.
    """

    title: str
    split: str
    images: int


@dataclass(frozen=True)
class NamedProtocol:
    """A published way to score.

    Args:
        title: the data set, and whose way it is.
        classes: number of classes, without background.
        lists: lists that it scores, and for sets of all stages those that are learned from.
        background: whether background is one of the labels that are averaged.
        absent_class: a class without pixels.
        ignore_pred: a predicted 255.
        seeds_only: whether it is about activation maps alone; else about every result.
        threshold: fixed background threshold of activation maps, 0..1.
        thresholds: thresholds of which the best against truth is taken.
        views: what the options named in `VIEWS` must be; what is not named is free, and said in each result.
    """

    title: str
    classes: int
    lists: tuple[KnownList, ...]
    background: bool = True
    absent_class: AbsentClass = "skip_union"
    ignore_pred: IgnoredPrediction = "background"
    seeds_only: bool = False
    threshold: float | None = None
    thresholds: tuple[float, ...] = ()
    views: Mapping[str, Any] | None = None

    def refusal(self, classes: int, background: bool) -> str:
        """Why the scores of a data set cannot be those of the protocol; empty where they can."""
        if (classes, background) == (self.classes, self.background):
            return ""
        return (
            f"{self.title} has {_labels(self.classes, self.background)}, the data set {_labels(classes, background)}; "
            "leave `protocol` out, or name one that fits"
        )

    def list_departure(self, split: str, images: int) -> str:
        """What distinguishes the scored pictures from the protocol's list; empty where nothing does by their number.

        Args:
            split: split of the pictures.
            images: how many there are.
        """
        known = [one for one in self.lists if one.split == split]
        if not known:
            return f"split {split} is none of {', '.join(dict.fromkeys(one.split for one in self.lists))}"
        if images in [one.images for one in known]:
            return ""
        expected = " or ".join(f"{one.title} has {one.images:,}" for one in known)
        return f"{split} has {images:,} pictures, {expected}: a list of another release"

    def view_departures(self, views: Mapping[str, Any]) -> Iterator[str]:
        """Options that are not as the protocol has them.

        Args:
            views: value of each option of `VIEWS` that something on the way from the network has.
        """
        for name, expected in (self.views or {}).items():
            found = views.get(name)
            if _comparable(found) != _comparable(expected):
                yield f"{name} {view_text(name, found)}, expected {view_text(name, expected)}"


VOC_TRAIN = KnownList("VOC 2012 train", "train", 1_464)
PROTOCOLS: Mapping[str, NamedProtocol] = {
    "voc": NamedProtocol(
        "PASCAL VOC 2012",
        20,
        (VOC_TRAIN, KnownList("VOC 2012 trainaug", "train", 10_582), KnownList("VOC 2012 val", "val", 1_449)),
    ),
    "irn-seeds": NamedProtocol(
        "PASCAL VOC 2012, seeds as IRN scores them",
        20,
        (VOC_TRAIN,),
        seeds_only=True,
        threshold=0.15,
        views={"scales": (1.0, 0.5, 1.5, 2.0), "flip": True, "crf": None},
    ),
    "seam-seeds": NamedProtocol(
        "PASCAL VOC 2012, seeds as SEAM scores them",
        20,
        (VOC_TRAIN,),
        absent_class="zero",
        seeds_only=True,
        thresholds=tuple(step / 100 for step in range(60)),
        views={"scales": (0.5, 1.0, 1.5, 2.0), "flip": True, "crf": None},
    ),
    "coco81": NamedProtocol(
        "MS COCO 2014",
        80,
        (KnownList("COCO 2014 train (with objects)", "train", 82_081), KnownList("COCO 2014 val", "val", 40_137)),
    ),
    "cityscapes": NamedProtocol(
        "Cityscapes",
        19,
        (KnownList("Cityscapes fine train", "train", 2_975), KnownList("Cityscapes fine val", "val", 500)),
        background=False,
    ),
    "ade20k": NamedProtocol(
        "ADE20K SceneParse150",
        150,
        (KnownList("SceneParse150 training", "train", 20_210), KnownList("SceneParse150 validation", "val", 2_000)),
        background=False,
        absent_class="zero",
    ),
}
"""Every protocol by its name."""


def view_text(name: str, value: Any) -> str:
    """The value of an option of `VIEWS`, in short."""
    if value is None or value is False:
        return "none"
    if name == "scales":
        return ", ".join(f"{scale:g}" for scale in value)
    if name == "crf":
        return f"{value['iterations']} iterations" if isinstance(value, Mapping) else str(value)
    return "yes" if value is True else str(value)


def _comparable(value: Any) -> Any:
    """Sizes in any order, since scores are summed over them."""
    return sorted(value) if isinstance(value, list | tuple) else value or None


def _labels(classes: int, background: bool) -> str:
    return f"{classes} classes {'with' if background else 'without'} background"
