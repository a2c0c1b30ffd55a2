"""Pseudo-masks of one shard, from its seeds."""

import json
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from pydantic import TypeAdapter

from pipeline.config.masks import CrfMasks, FixedThreshold, Masks, ParMasks, ThresholdMasks
from pipeline.data.catalogue import Catalogue
from pipeline.job import Job
from pipeline.methods.crf import CRFSettings, joint_crf_mask
from pipeline.methods.threshold import threshold_labels
from pipeline.storage.canvas import MASK
from pipeline.storage.reader import Arrays, StoredVariant
from pipeline.storage.shard import Task, layout_of, tasks_of, write_shard


@dataclass(frozen=True)
class Seed:
    """What a mask method gets.

    Args:
        image: uint8 RGB (H, W, 3).
        cams: float32 (K, H, W) in 0..1.
        classes: 0-based class of each map (K,).
        background: background score in 0..1.
        device: `cpu` or `cuda`.
    """

    image: np.ndarray
    cams: np.ndarray
    classes: np.ndarray
    background: float
    device: str


def _threshold(seed: Seed, settings: ThresholdMasks) -> np.ndarray:  # noqa: ARG001  all it needs is in the seed
    return threshold_labels(seed.cams, seed.classes, seed.background)


def _crf(seed: Seed, settings: CrfMasks) -> np.ndarray:
    return joint_crf_mask(
        seed.image,
        seed.cams,
        seed.classes,
        background=seed.background,
        unary=settings.unary,
        confidence=settings.confidence,
        settings=CRFSettings(**settings.crf.model_dump()),
    )


def _par(seed: Seed, settings: ParMasks) -> np.ndarray:
    import torch

    from pipeline.methods.par import par_mask

    torch.set_num_threads(settings.threads)
    return par_mask(
        seed.image,
        seed.cams,
        seed.classes,
        background=seed.background,
        dilations=settings.dilations,
        iterations=settings.iterations,
        device=seed.device,
    )


METHODS: dict[str, Callable[[Seed, Masks], np.ndarray]] = {"threshold": _threshold, "crf": _crf, "par": _par}


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    settings = TypeAdapter(Masks).validate_python(job.settings)
    catalogue = Catalogue(job.results)
    seeds = StoredVariant(job.results, settings.source, [job.shard], job.upstream[settings.source])
    background = _background(job, settings)
    method = METHODS[settings.method]

    def compute(task: Task) -> Arrays:
        arrays = seeds.read(task.image.id)
        picture = catalogue.picture(task.image)
        return {"mask": method(Seed(picture, arrays["cam"], arrays["classes"], background["value"], device), settings)}

    tasks = tasks_of(
        job,
        catalogue,
        catalogue.index.splits,
        lambda row: {"seeds": seeds.digest(row.id), "background": background["value"]},
        among=seeds,
    )
    write_shard(job, layout_of(job, catalogue, {"mask": MASK}), tasks, compute, facts={"threshold": background})


def _background(job: Job, settings: Masks) -> dict:
    """Background score and how it was chosen."""
    if isinstance(settings.threshold, FixedThreshold):
        return settings.threshold.model_dump()
    return json.loads((job.folder / "threshold.json").read_bytes())
