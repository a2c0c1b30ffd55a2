"""Find the background score or exponent of a mask variant from all of its seeds, before its shards are made."""

from collections.abc import Callable
from functools import partial

import numpy as np
from pydantic import TypeAdapter

from pipeline.config.masks import LabelFreeThreshold, OracleThreshold, Threshold
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
    """Write `threshold.json` of a mask variant: the number, what it is, and how it was chosen."""
    catalogue = Catalogue(job.results)
    seeds = stored(job, next(iter(job.upstream)), catalogue.rows(job.settings["splits"]))
    if "exponent" in job.settings:
        mode, kind, value = "label_free_exponent", "exponent", _exponent(job, seeds)
    else:
        settings = TypeAdapter(Threshold).validate_python(job.settings["threshold"])
        mode, kind, value = settings.mode, "constant", _score(settings, seeds, catalogue)
    log.info("%s %.3f", mode, value)
    write_json(job.folder / "threshold.json", {"mode": mode, "kind": kind, "value": value})


def pooled_histogram(seeds: StoredVariant) -> np.ndarray:
    """Pixels at each level of the strongest activation, over all images that have a class."""
    return _pooled(seeds, (COARSE, _as_stored))[0]


def _score(settings: LabelFreeThreshold | OracleThreshold, seeds: StoredVariant, catalogue: Catalogue) -> float:
    if isinstance(settings, OracleThreshold):
        return _best_against_truth(seeds, catalogue, settings.split)
    return cross_entropy_threshold(pooled_histogram(seeds))


def _exponent(job: Job, seeds: StoredVariant) -> float:
    """The exponent with as much foreground as the label-free threshold of the seeds, after the variant's smoothing."""
    floor, smoothing = job.settings["floor"], job.settings["smoothing"]
    plain, smoothed = _pooled(
        seeds, (COARSE, _as_stored), (FINE, partial(smooth_cams, threshold=floor, scale=smoothing))
    )
    above = np.linspace(0, 1, COARSE) > cross_entropy_threshold(plain)
    return matching_exponent(smoothed, float(plain[above].sum() / plain.sum()), floor)


def _as_stored(cams: np.ndarray) -> np.ndarray:
    return cams


def _pooled(seeds: StoredVariant, *kinds: tuple[int, Callable[[np.ndarray], np.ndarray]]) -> list[np.ndarray]:
    """A histogram of each kind, by its number of levels and what it makes of the maps; reads every image once."""
    totals = [np.zeros(levels, np.int64) for levels, _ in kinds]
    for maps in map(seeds.read, seeds.ids):
        if len(maps["classes"]):
            for total, (levels, change) in zip(totals, kinds, strict=True):
                total += score_histogram(strongest(change(maps["cam"]), maps["classes"])[1], levels)
    if not totals[0].any():
        raise SeedmaskError(f"{seeds.folder}: no image has a class, so no background score can be found; add tags")
    return totals


def _best_against_truth(seeds: StoredVariant, catalogue: Catalogue, split: str) -> float:
    sweep = ThresholdSweep(len(catalogue.index.classes) + 1)
    rows = [row for row in catalogue.index.rows_of(split) if row.mask is not None and row.id in seeds]
    if not rows:
        raise SeedmaskError(f"threshold mode oracle: split {split} has no truth masks; use label_free or fixed")
    for row in rows:
        maps = seeds.read(row.id)
        sweep.add(catalogue.truth(row), *strongest(maps["cam"], maps["classes"]))
    return sweep.best()[0]
