"""Find the background score or exponent of a mask variant from all of its seeds, before its shards are made."""

from collections.abc import Callable

import numpy as np
from pydantic import TypeAdapter

from pipeline.config.masks import OracleThreshold, Threshold
from pipeline.data.catalogue import Catalogue
from pipeline.errors import SeedmaskError
from pipeline.evaluation.sweep import ThresholdSweep
from pipeline.job import Job, log
from pipeline.methods.proportional import matching_exponent, smooth_cams
from pipeline.methods.threshold import cross_entropy_threshold, score_histogram, strongest
from pipeline.storage.files import write_json
from pipeline.storage.reader import StoredVariant
from pipeline.storage.shard import stored

COARSE, FINE = 256, 4096
"""Levels of a histogram: those that seeds are stored at, and those that tell smoothed seeds apart."""


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `threshold.json` of a mask variant: how the number was chosen, and the number."""
    catalogue = Catalogue(job.results)
    seeds = stored(job, next(iter(job.upstream)), catalogue.rows(job.settings["splits"]))
    mode, value = _exponent(job, seeds) if "exponent" in job.settings else _score(job, seeds, catalogue)
    log.info("%s %.3f", mode, value)
    write_json(job.folder / "threshold.json", {"mode": mode, "value": value})


def _score(job: Job, seeds: StoredVariant, catalogue: Catalogue) -> tuple[str, float]:
    settings = TypeAdapter(Threshold).validate_python(job.settings["threshold"])
    if isinstance(settings, OracleThreshold):
        return settings.mode, _best_against_truth(seeds, catalogue, settings.split)
    return settings.mode, cross_entropy_threshold(pooled_histogram(seeds))


def _exponent(job: Job, seeds: StoredVariant) -> tuple[str, float]:
    """The exponent with as much foreground as the label-free threshold of the seeds, after the variant's smoothing."""
    plain = pooled_histogram(seeds)
    threshold = cross_entropy_threshold(plain)
    levels = np.linspace(0, 1, len(plain))
    smoothing = {"threshold": job.settings["floor"], "scale": job.settings["smoothing"]}
    smoothed = _pooled(seeds, lambda cams: smooth_cams(cams, **smoothing), FINE)
    share = plain[levels > threshold].sum() / plain.sum()
    return "label_free_exponent", matching_exponent(smoothed, float(share), job.settings["floor"])


def pooled_histogram(seeds: StoredVariant) -> np.ndarray:
    """Pixels at each level of the strongest activation, over all images that have a class."""
    return _pooled(seeds, lambda cams: cams, COARSE)


def _pooled(seeds: StoredVariant, change: Callable[[np.ndarray], np.ndarray], levels: int) -> np.ndarray:
    maps = (seeds.read(image) for image in seeds.ids)
    counts = [score_histogram(strongest(change(m["cam"]), m["classes"])[1], levels) for m in maps if len(m["classes"])]
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
