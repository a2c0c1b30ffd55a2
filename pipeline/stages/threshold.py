"""Find the background score of a mask variant from all of its seeds, before its shards are made."""

import numpy as np
from pydantic import TypeAdapter

from pipeline.config.masks import OracleThreshold, Threshold
from pipeline.data.catalogue import Catalogue
from pipeline.errors import SeedmaskError
from pipeline.evaluation.sweep import ThresholdSweep
from pipeline.job import Job, log
from pipeline.methods.threshold import cross_entropy_threshold, score_histogram, strongest
from pipeline.storage.files import write_json
from pipeline.storage.reader import StoredVariant
from pipeline.storage.shard import stored


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `threshold.json` of a mask variant."""
    settings = TypeAdapter(Threshold).validate_python(job.settings["threshold"])
    catalogue = Catalogue(job.results)
    seeds = stored(job, next(iter(job.upstream)), catalogue.rows(job.settings["splits"]))
    if isinstance(settings, OracleThreshold):
        value = _best_against_truth(seeds, catalogue, settings.split)
    else:
        value = cross_entropy_threshold(pooled_histogram(seeds))
    log.info("background score %.3f (%s)", value, settings.mode)
    write_json(job.folder / "threshold.json", {"mode": settings.mode, "value": value})


def pooled_histogram(seeds: StoredVariant) -> np.ndarray:
    """Pixels at each level of the strongest activation, over all images that have a class."""
    maps = (seeds.read(image) for image in seeds.ids)
    counts = [score_histogram(strongest(m["cam"], m["classes"])[1]) for m in maps if len(m["classes"])]
    if not counts:
        raise SeedmaskError(f"{seeds.folder}: no image has a class, so no background score can be found; add tags")
    return np.sum(counts, axis=0)


def _best_against_truth(seeds: StoredVariant, catalogue: Catalogue, split: str) -> float:
    sweep = ThresholdSweep(len(catalogue.index.classes) + 1)
    rows = [row for row in catalogue.index.rows_of(split) if row.mask is not None and row.id in seeds]
    if not rows:
        raise SeedmaskError(f"threshold mode oracle: split {split} has no truth masks; use label_free or fixed")
    for row in rows:
        maps = seeds.read(row.id)
        sweep.add(catalogue.truth(row), *strongest(maps["cam"], maps["classes"]))
    return sweep.best()[0]
