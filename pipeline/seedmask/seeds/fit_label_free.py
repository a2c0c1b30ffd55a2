"""The label-free background score of a mask variant, from the values of all its seeds."""

from seedmask.dataset.catalogue import Catalogue
from seedmask.job import Job, log
from seedmask.methods.label_free import cross_entropy_threshold
from seedmask.seeds.cam_sets import all_seeds, pooled_histogram
from seedmask.storage.fits import write_fit


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `fit.json`: the score, its kind, and how it was chosen."""
    seeds = all_seeds(job, Catalogue(job.results).rows(job.splits))
    value = cross_entropy_threshold(pooled_histogram(seeds))
    log.info("label_free %.3f", value)
    write_fit(job, {"mode": "label_free", "kind": "constant", "value": value})
