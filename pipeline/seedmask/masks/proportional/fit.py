"""The exponent of a proportional mask that leaves as much foreground as a label-free threshold of its seeds."""

from functools import partial

import numpy as np

from seedmask.dataset.catalogue import Catalogue
from seedmask.job import Job, log
from seedmask.methods.label_free import cross_entropy_threshold
from seedmask.methods.proportional import matching_exponent, smooth_cams
from seedmask.seeds.cam_sets import LEVELS, all_seeds, pooled_histograms
from seedmask.storage.fits import write_fit

FINE = 4096
"""Levels of smoothed seeds; smoothing spreads the 256 that are stored."""


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `fit.json`: the exponent, its kind, and how it was chosen."""
    threshold, scale = job.settings["threshold"], job.settings["scale"]
    seeds = all_seeds(job, Catalogue(job.results).rows(job.splits))
    smooth = partial(smooth_cams, threshold=threshold, scale=scale)
    plain, smoothed = pooled_histograms(seeds, (LEVELS, lambda cams: cams), (FINE, smooth))
    above = np.linspace(0, 1, LEVELS) > cross_entropy_threshold(plain)
    value = matching_exponent(smoothed, float(plain[above].sum() / plain.sum()), threshold)
    log.info("exponent %.3f", value)
    write_fit(job, {"mode": "label_free_exponent", "kind": "exponent", "value": value})
