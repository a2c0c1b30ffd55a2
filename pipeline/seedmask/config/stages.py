"""The stages, one entry each: all that configuration, plan, storage, report and viewer know of a stage.

Adding a stage means an entry here, a file in `rules/` and a folder of the package with its options and its job.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Stage:
    """A stage that has variants.

    Args:
        name: key of the configuration, folder of the results, and folder of the package.
        description: for the reference of the configuration.
        holds: what a variant consists of. A network is trained by one job; everything else is arrays that are made
            shard by shard, one map (`heat`), CAMs, weak labels or a mask for each image.
        arrays: arrays that every variant has; the viewer draws the first.
        learns: what a network of this stage is trained on.
        layer: position among the viewer's layers, from 1; 0 if the viewer does not show it.
        bytes_per_pixel: size on disk after compression, measured on photographs with 1.4 tags each.
        default_method: method of a variant that names none; empty where it has to name one.
    """

    name: str
    description: str
    holds: Literal["heat", "network", "cams", "masks", "labels"]
    arrays: tuple[str, ...] = ()
    learns: Literal["", "tags", "masks"] = ""
    layer: int = 0
    bytes_per_pixel: float = 0.0
    default_method: str = ""

    @property
    def is_sharded(self) -> bool:
        """Whether its work is cut into shards; else it trains one network per variant."""
        return self.holds != "network"

    @property
    def is_scored(self) -> bool:
        """Whether its results are compared with truth: CAMs at several thresholds, labels as they are."""
        return self.holds in ("cams", "masks", "labels")

    @property
    def is_measured(self) -> bool:
        """Whether its results are masks of whole images, which are counted image by image and class by class."""
        return self.holds == "masks"


_TABLE = (
    Stage(
        "saliency",
        "What stands out in each picture, whatever it is.",
        "heat",
        ("map",),
        layer=1,
        bytes_per_pixel=0.18,
        default_method="network",
    ),
    Stage("classifiers", "Networks trained on image tags.", "network", learns="tags", default_method="cam"),
    Stage(
        "seeds",
        "Class activation maps.",
        "cams",
        ("cam", "classes"),
        layer=3,
        bytes_per_pixel=0.45,
        default_method="multi_scale",
    ),
    Stage("masks", "Pseudo-masks.", "masks", ("mask",), layer=4, bytes_per_pixel=0.1),
    Stage(
        "weak_labels", "Labels of a few pixels of each picture.", "labels", ("label",), layer=2, bytes_per_pixel=0.02
    ),
    Stage(
        "segmenters",
        "Networks trained on masks.",
        "network",
        learns="masks",
        default_method="trained",
    ),
    Stage(
        "predictions",
        "What segmenters say of each picture.",
        "masks",
        ("mask",),
        layer=5,
        bytes_per_pixel=0.45,
        default_method="network",
    ),
)
STAGES: Mapping[str, Stage] = {stage.name: stage for stage in _TABLE}
"""Every stage by its name, in the order in which they feed each other."""
SHARDED = tuple(stage.name for stage in _TABLE if stage.is_sharded)
"""Names of the stages whose work is cut into shards."""
TRAINED = tuple(stage.name for stage in _TABLE if not stage.is_sharded)
"""Names of the stages that train one network per variant."""


def stage_of(reference: str) -> Stage:
    """Stage of a variant, `masks/crf`.

    Raises:
        KeyError: there is no such stage.
    """
    return STAGES[reference.split("/")[0]]


def is_sharded(reference: str) -> bool:
    """Whether the results of a variant, `masks/crf`, are cut into shards; False for anything else."""
    return reference.split("/")[0] in SHARDED


def is_trained(reference: str) -> bool:
    """Whether a variant is a network; False for anything else."""
    return reference.split("/")[0] in TRAINED
