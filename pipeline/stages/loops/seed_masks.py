"""A mask of each image's seed: what `threshold`, `crf` and their like share."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from pipeline.config.threshold import ExponentThreshold, FixedThreshold, Threshold
from pipeline.config.variant import FromSeeds
from pipeline.data.index import Row
from pipeline.job import Job
from pipeline.methods.threshold import BackgroundKind
from pipeline.storage.canvas import MASK
from pipeline.storage.reader import Arrays
from pipeline.storage.shard import Shard

Options = TypeVar("Options", bound=FromSeeds)


@dataclass(frozen=True)
class Background:
    """Score of the background.

    Args:
        value: in 0..1, or an exponent.
        kind: how `value` is meant.
        mode: how it was chosen.
    """

    value: float
    kind: BackgroundKind
    mode: str


@dataclass(frozen=True)
class Seed:
    """What a mask method gets.

    Args:
        image: uint8 RGB (H, W, 3).
        cams: float32 (K, H, W) in 0..1.
        classes: 0-based class of each map (K,).
        background: background score.
        device: `cpu` or `cuda`.
        others: this image's arrays of the further variants that the options name, by their names.
    """

    image: np.ndarray
    cams: np.ndarray
    classes: np.ndarray
    background: Background
    device: str
    others: Mapping[str, Arrays]


def write_masks(
    job: Job, device: str, options: Options, background: Background, mask: Callable[[Seed, Options], np.ndarray]
) -> None:
    """Write a shard of masks.

    Args:
        job: the job.
        device: `cpu` or `cuda`.
        options: the method's own; their `from` names the seeds.
        background: background score.
        mask: the method: uint8 (H, W), 0 background, c + 1 for class c, 255 for pixels that teach nothing.

    Raises:
        SeedmaskError: see `write_shard`.
    """
    shard = Shard(job)
    seeds = shard.inputs.stored[options.source]
    further = {name: variant for name, variant in shard.inputs.stored.items() if name != options.source}

    def compute(row: Row) -> Arrays:
        maps = seeds.read(row.id)
        others = {name: variant.read(row.id) for name, variant in further.items()}
        picture = shard.catalogue.picture(row)
        return {"mask": mask(Seed(picture, maps["cam"], maps["classes"], background, device, others), options)}

    chosen: dict[str, Any] = {"mode": background.mode, "value": background.value}
    shard.write({"mask": MASK}, compute, {"background": background.value}, {"threshold": chosen})


def background_of(job: Job, threshold: Threshold) -> Background:
    """The background score that the options name, or that was fitted."""
    match threshold:
        case FixedThreshold(value=value):
            return Background(value, "constant", "fixed")
        case ExponentThreshold(value=value):
            return Background(value, "exponent", "exponent")
    return fitted(job)


def fitted(job: Job) -> Background:
    """What the variant's fit over the whole set found."""
    return Background(**json.loads((job.folder / "fit.json").read_bytes()))
