"""A mask of each image's seed: what `threshold`, `crf` and their like share."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import numpy as np

from seedmask.config.threshold import ExponentThreshold, FixedThreshold, StoredThreshold, Threshold
from seedmask.config.variant import FromSeeds
from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.methods.threshold import BackgroundKind, BackgroundScore
from seedmask.seeds.cam_sets import CamSets
from seedmask.storage.canvas import BACKGROUND, CAM, MASK
from seedmask.storage.fits import read_fit
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard

Options = TypeVar("Options", bound=FromSeeds)


@dataclass(frozen=True)
class Background:
    """Score of the background.

    Args:
        value: in 0..1, or an exponent, or a plane (H, W), or what is added to the seeds' own background.
        kind: how `value` is meant.
        mode: how it was chosen.
    """

    value: BackgroundScore
    kind: BackgroundKind | Literal["stored"]
    mode: str

    def of(self, maps: Arrays) -> "Background":
        """That of one image: a number, or the plane (M_0 + offset) / 2 of its own background map M_0.

        Raises:
            ValueError: the seeds hold no background.
        """
        if self.kind != "stored":
            return self
        if CAM + BACKGROUND not in maps:
            raise ValueError("its seeds hold no background map; choose another `threshold`, such as label_free")
        return Background((maps[CAM + BACKGROUND] + np.float32(self.value)) / 2, "plane", self.mode)


@dataclass(frozen=True)
class Seed:
    """What a mask method gets.

    Args:
        image: uint8 RGB (H, W, 3).
        cams: float32 (K, H, W) in 0..1.
        classes: 0-based class of each map (K,).
        background: background score; None for a method that looks at none.
        device: `cpu` or `cuda`.
        others: this image's arrays of the further variants that the options name, by their names.
    """

    image: np.ndarray
    cams: np.ndarray
    classes: np.ndarray
    background: Background | None
    device: str
    others: Mapping[str, Arrays]


def write_masks(
    shard: Shard,
    device: str,
    options: Options,
    background: Background | None,
    mask: Callable[[Seed, Options], np.ndarray],
) -> None:
    """Write a shard of masks.

    Args:
        shard: the shard.
        device: `cpu` or `cuda`.
        options: the method's own; their `from` names the seeds and `cams` the sets of CAMs.
        background: background score; None for a method that looks at none.
        mask: the method: uint8 (H, W), 0 background, c + 1 for class c, 255 for pixels that teach nothing.

    Raises:
        SeedmaskError: see `write_shard`.
    """
    seeds = CamSets(shard.inputs.stored[options.source], options.cams)
    further = {name: variant for name, variant in shard.inputs.stored.items() if name != options.source}

    def compute(row: Row) -> Arrays:
        maps = seeds.read(row.id)
        others = {name: variant.read(row.id) for name, variant in further.items()}
        picture = shard.catalogue.image(row)
        seed = Seed(picture, maps[CAM], maps["classes"], background and background.of(maps), device, others)
        return {"mask": mask(seed, options)}

    if background is None:
        shard.write({"mask": MASK}, compute)
        return
    chosen: dict[str, Any] = {"mode": background.mode, "value": background.value}
    shard.write({"mask": MASK}, compute, lambda _: {"background": background.value}, {"threshold": chosen})


def background_of(job: Job, threshold: Threshold) -> Background:
    """The background score that the options name, or that was fitted."""
    match threshold:
        case FixedThreshold(value=value):
            return Background(value, "constant", "fixed")
        case ExponentThreshold(value=value):
            return Background(value, "exponent", "exponent")
        case StoredThreshold(offset=offset):
            return Background(offset, "stored", "stored")
    return fitted(job)


def fitted(job: Job) -> Background:
    """What the variant's fit over the whole set found."""
    return Background(**read_fit(job.folder).facts)
