"""The job that `threshold`, `crf` and similar methods share: a mask of each image's seed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from seedmask.config.variant import FromSeeds
from seedmask.dataset.index import Row
from seedmask.masks.background import Background
from seedmask.methods.threshold import BackgroundKind, BackgroundScore
from seedmask.seeds.cam_sets import CamSets
from seedmask.storage.canvas import CAM, MASK
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard

Options = TypeVar("Options", bound=FromSeeds)


@dataclass(frozen=True)
class Seed:
    """Input of a mask method.

    Args:
        image: uint8 RGB (H, W, 3).
        cams: float32 (K, H, W) in 0..1.
        classes: 0-based class of each CAM (K,).
        background: background score; 0 for a method without one.
        kind: how `background` is meant.
        device: `cpu` or `cuda`.
        others: this image's arrays of the other variants that the options name, by reference.
    """

    image: np.ndarray
    cams: np.ndarray
    classes: np.ndarray
    background: BackgroundScore
    kind: BackgroundKind
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
        options: the method's options; their `from` names the seeds and `cams` the sets of CAMs.
        background: background score; None for a method without one.
        mask: the method: uint8 (H, W), 0 background, c + 1 for class c, 255 for pixels to ignore.

    Raises:
        SeedmaskError: see `write_shard`.
    """
    seeds = CamSets(shard.inputs.stored[options.source], options.cams)
    others = {name: variant for name, variant in shard.inputs.stored.items() if name != options.source}

    def compute(row: Row) -> Arrays:
        arrays = seeds.read(row.id)
        score, kind = background.score(arrays) if background else (0.0, "constant")
        read = {name: variant.read(row.id) for name, variant in others.items()}
        seed = Seed(shard.catalogue.image(row), arrays[CAM], arrays["classes"], score, kind, device, read)
        return {"mask": mask(seed, options)}

    if background is None or background.kind == "none":
        shard.write({"mask": MASK}, compute)
        return
    chosen: dict[str, Any] = {"mode": background.mode, "value": background.value}
    shard.write({"mask": MASK}, compute, lambda _: {"background": background.value}, {"threshold": chosen})
