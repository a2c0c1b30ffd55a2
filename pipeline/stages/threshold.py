"""Find the background score of a mask variant from all of its seeds, before its shards are made."""

import numpy as np
from pydantic import TypeAdapter

from pipeline.config.masks import OracleThreshold, Threshold
from pipeline.data.catalogue import Catalogue
from pipeline.errors import SeedmaskError
from pipeline.evaluation.sweep import ThresholdSweep
from pipeline.job import Job, log
from pipeline.methods.threshold import otsu_threshold, to_labels
from pipeline.storage.files import write_json
from pipeline.storage.reader import Arrays, StoredVariant
from pipeline.storage.shard import stored

LEVELS = 256


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `threshold.json` of a mask variant."""
    settings = TypeAdapter(Threshold).validate_python(job.settings["threshold"])
    catalogue = Catalogue(job.results)
    seeds = stored(job, next(iter(job.upstream)), catalogue.rows(job.settings["splits"]))
    if isinstance(settings, OracleThreshold):
        value = _best_against_truth(seeds, catalogue, settings.split)
    else:
        value = otsu_threshold(_histogram(seeds))
    log.info("background score %.3f (%s)", value, settings.mode)
    write_json(job.folder / "threshold.json", {"mode": settings.mode, "value": value})


def _histogram(seeds: StoredVariant) -> np.ndarray:
    """Pixels at each level of the strongest activation, over all images that have a class."""
    counts = np.zeros(LEVELS, np.int64)
    for image in seeds.ids:
        cams = seeds.read(image)["cam"]
        if len(cams):
            counts += np.bincount(np.rint(cams.max(axis=0) * (LEVELS - 1)).astype(np.int64).ravel(), minlength=LEVELS)
    return counts


def _best_against_truth(seeds: StoredVariant, catalogue: Catalogue, split: str) -> float:
    sweep = ThresholdSweep(len(catalogue.index.classes) + 1)
    rows = [row for row in catalogue.index.rows_of(split) if row.mask is not None and row.id in seeds]
    if not rows:
        raise SeedmaskError(f"threshold mode oracle: split {split} has no truth masks; use label_free or fixed")
    for row in rows:
        sweep.add(catalogue.truth(row), *strongest(seeds.read(row.id)))
    return sweep.best()[0]


def strongest(arrays: Arrays) -> tuple[np.ndarray, np.ndarray]:
    """Label (class + 1) and score of the strongest class at each pixel; 0 and 0 where there is no class."""
    cams, classes = arrays["cam"], arrays["classes"]
    if not len(cams):
        return np.zeros(cams.shape[1:], np.uint8), np.zeros(cams.shape[1:], np.float32)
    return to_labels(cams.argmax(axis=0) + 1, classes), cams.max(axis=0)
