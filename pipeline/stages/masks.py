"""Pseudo-masks of one shard, from seeds or from a segmenter's predictions."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from pipeline.config.masks import (
    CrfMasks,
    CyclicMasks,
    ExponentThreshold,
    FixedThreshold,
    Masks,
    ParMasks,
    ProportionalMasks,
    ThresholdMasks,
)
from pipeline.data.catalogue import Catalogue
from pipeline.job import Job
from pipeline.methods.crf import joint_crf_mask
from pipeline.methods.proportional import proportional_mask
from pipeline.methods.threshold import BackgroundKind, threshold_labels
from pipeline.stages.kernels import kernels
from pipeline.storage.canvas import MASK
from pipeline.storage.reader import Arrays, StoredVariant
from pipeline.storage.shard import Task, layout_of, tasks_of, write_shard


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

    def as_json(self) -> dict[str, Any]:
        """For manifest and fingerprint."""
        return {"mode": self.mode, "value": self.value}


@dataclass(frozen=True)
class Seed:
    """What a mask method gets.

    Args:
        image: uint8 RGB (H, W, 3).
        cams: float32 (K, H, W) in 0..1.
        classes: 0-based class of each map (K,).
        background: background score.
        device: `cpu` or `cuda`.
    """

    image: np.ndarray
    cams: np.ndarray
    classes: np.ndarray
    background: Background
    device: str


def _threshold(seed: Seed, settings: ThresholdMasks) -> np.ndarray:  # noqa: ARG001  all it needs is in the seed
    return threshold_labels(seed.cams, seed.classes, seed.background.value, seed.background.kind)


def _crf(seed: Seed, settings: CrfMasks) -> np.ndarray:
    return joint_crf_mask(
        seed.image,
        seed.cams,
        seed.classes,
        background=seed.background.value,
        kind=seed.background.kind,
        unary=settings.unary,
        confidence=settings.confidence,
        settings=kernels(settings.crf),
    )


def _par(seed: Seed, settings: ParMasks) -> np.ndarray:
    import torch

    from pipeline.methods.par import par_mask

    torch.set_num_threads(settings.threads)
    return par_mask(
        seed.image,
        seed.cams,
        seed.classes,
        background=seed.background.value,
        kind=seed.background.kind,
        dilations=settings.dilations,
        iterations=settings.iterations,
        device=seed.device,
    )


def _proportional(seed: Seed, settings: ProportionalMasks) -> np.ndarray:
    return proportional_mask(
        seed.image,
        seed.cams,
        seed.classes,
        exponent=seed.background.value,
        threshold=settings.floor,
        scale=settings.smoothing,
        shares=settings.shares,
        crf=kernels(settings.crf),
    )


METHODS: Mapping[str, Callable[[Seed, Any], np.ndarray]] = {
    "threshold": _threshold,
    "crf": _crf,
    "par": _par,
    "proportional": _proportional,
}
"""Methods that make a mask of an image's seed."""


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    settings = TypeAdapter(Masks).validate_python(job.settings)
    if isinstance(settings, CyclicMasks):
        _cyclic(job, settings, device)
    else:
        _from_seeds(job, settings, device)


def _from_seeds(job: Job, settings: Any, device: str) -> None:
    catalogue = Catalogue(job.results)
    seeds = StoredVariant(job.results, settings.source, [job.shard], job.upstream[settings.source])
    background = _background(job, settings)
    method = METHODS[settings.method]

    def compute(task: Task) -> Arrays:
        arrays = seeds.read(task.image.id)
        picture = catalogue.picture(task.image)
        return {"mask": method(Seed(picture, arrays["cam"], arrays["classes"], background, device), settings)}

    tasks = tasks_of(
        job,
        catalogue,
        catalogue.index.splits,
        lambda row: {"seeds": seeds.digest(row.id), "background": background.value},
        among=seeds,
    )
    facts = {"threshold": background.as_json()}
    write_shard(job, layout_of(job, catalogue, {"mask": MASK}), tasks, compute, facts)


def _background(job: Job, settings: Any) -> Background:
    match settings.exponent if isinstance(settings, ProportionalMasks) else settings.threshold:
        case float(value) | ExponentThreshold(value=value):
            return Background(value, "exponent", "exponent")
        case FixedThreshold(value=value):
            return Background(value, "constant", "fixed")
    return Background(**json.loads((job.folder / "threshold.json").read_bytes()))


def _cyclic(job: Job, settings: CyclicMasks, device: str) -> None:
    """A segmenter's own predictions, without the classes that the tags rule out."""
    from pipeline.stages.predictions import Predictor, allowed_labels

    catalogue = Catalogue(job.results)
    predictor = Predictor(job, catalogue, settings, device)

    def compute(task: Task) -> Arrays:
        labels = allowed_labels(task.image, predictor.labels) if settings.filter_by_tags else range(predictor.labels)
        return {"mask": predictor.predict(task.image, labels)[0]}

    tasks = tasks_of(job, catalogue, settings.splits, {"segmenter": predictor.digest})
    write_shard(job, layout_of(job, catalogue, {"mask": MASK}), tasks, compute)
