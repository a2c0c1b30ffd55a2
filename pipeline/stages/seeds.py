"""Class activation maps of one shard."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from pydantic import TypeAdapter

from pipeline.config.classifiers import Classifier
from pipeline.config.seeds import MultiCropSeeds, MultiScaleSeeds, RoughSeeds, Seeds
from pipeline.data.catalogue import Catalogue
from pipeline.data.index import Row
from pipeline.errors import SeedmaskError
from pipeline.job import Job, log
from pipeline.methods import view_cams
from pipeline.methods.cam import multi_scale_cam
from pipeline.stages.classifiers import build, targets
from pipeline.stages.kernels import kernels
from pipeline.storage.canvas import CLASSES, cam_spec, encode
from pipeline.storage.reader import Arrays
from pipeline.storage.shard import Task, layout_of, stored, tasks_of, write_shard
from pipeline.storage.training import load_weights, read_manifest


@dataclass(frozen=True)
class Source:
    """Where a shard's maps come from.

    Args:
        splits: splits that have them.
        inputs: digests they depend on, by row.
        maps: makes the maps (K, H, W) in 0..1 of one image, in the order of its tags.
        forwards: the network they ask, where there is one.
    """

    splits: tuple[str, ...]
    inputs: Callable[[Row], Mapping[str, Any]]
    maps: Callable[[Row], np.ndarray]
    forwards: "_Timed | None" = None


def run(job: Job, device: str) -> None:
    """Compute the seeds of a shard."""
    settings = TypeAdapter(Seeds).validate_python(job.settings)
    catalogue = Catalogue(job.results)
    if isinstance(settings, RoughSeeds):
        source = _refined(job, catalogue, settings)
    else:
        source = _asked(job, catalogue, settings, device)
    spec = cam_spec(settings.dtype)
    tasks = tasks_of(job, catalogue, source.splits, source.inputs)
    untagged = [task.image.id for task in tasks if task.image.tags is None]
    if untagged:
        raise SeedmaskError(
            f"image {untagged[0]} and {len(untagged) - 1} more have no tags; add them or leave out the split"
        )

    def compute(task: Task) -> Arrays:
        maps = np.clip(source.maps(task.image), 0, 1)  # a stretched map can start a rounding error below 0
        return {"cam": encode(maps, spec), "classes": np.array(task.image.tags, CLASSES.dtype)}

    started = time.perf_counter()
    write_shard(job, layout_of(job, catalogue, {"cam": spec, "classes": CLASSES}), tasks, compute)
    if source.forwards and source.forwards.seconds:
        seconds = source.forwards.seconds
        whole = time.perf_counter() - started
        log.info("network forwards %.1f s, the shard %.2f times that", seconds, whole / seconds)


def _asked(job: Job, catalogue: Catalogue, settings: MultiScaleSeeds | MultiCropSeeds, device: str) -> Source:
    """Maps of a classifier."""
    torch.set_num_threads(settings.threads)
    classifier = read_manifest(job.results, settings.source, job.upstream[settings.source])
    classes = len(classifier.facts["classes"])
    network = build(TypeAdapter(Classifier).validate_python(classifier.settings), classes, first_weights=False)
    network.load_state_dict(load_weights(job.results, settings.source, classifier))
    forwards = _Timed(network.eval().to(device).score_maps, device)

    def maps(row: Row) -> np.ndarray:
        picture, tags = catalogue.picture(row), targets(row, classes)
        if isinstance(settings, MultiCropSeeds):
            return view_cams.multi_crop_cam(
                forwards,
                picture,
                tags,
                scales=settings.scales,
                size=settings.size,
                tile=settings.tile,
                batch=settings.batch,
                device=device,
            )
        if settings.normalisation == "min_max":
            return view_cams.multi_scale_cam(forwards, picture, tags, scales=settings.scales, device=device)
        return multi_scale_cam(forwards, picture, row.tags, settings.scales, settings.flip, device=device)

    return Source(settings.splits, lambda _: {"classifier": classifier.digest}, maps, forwards)


def _refined(job: Job, catalogue: Catalogue, settings: RoughSeeds) -> Source:
    """Other seeds after a dense CRF."""
    rows = list(catalogue.rows(catalogue.index.splits, job.shard, job.shard_size))
    seeds = stored(job, settings.source, rows)
    crf = kernels(settings.crf)

    def maps(row: Row) -> np.ndarray:
        cams = seeds.read(row.id)["cam"]
        return view_cams.rough_probabilities(catalogue.picture(row), cams, exponent=settings.exponent, crf=crf)[1:]

    splits = tuple({row.split for _, row in rows if row.id in seeds})
    return Source(splits, lambda row: {"seeds": seeds.digest(row.id)}, maps)


class _Timed:
    """A network that adds up the seconds of its forwards."""

    def __init__(self, network: Callable[[torch.Tensor], torch.Tensor], device: str):
        self._network, self._device = network, device
        self.seconds = 0.0

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        started = time.perf_counter()
        maps = self._network(images)
        if self._device == "cuda":
            torch.cuda.synchronize()
        self.seconds += time.perf_counter() - started
        return maps
