"""The background score of a mask variant, found in the values of all its seeds."""

from pipeline.data.catalogue import Catalogue
from pipeline.job import Job, log
from pipeline.machines.histogram import pooled_histogram
from pipeline.machines.map_sets import all_seeds
from pipeline.methods.label_free import cross_entropy_threshold
from pipeline.storage.fits import write_fit


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `fit.json`: the score, what it is, and how it was chosen."""
    seeds = all_seeds(job, Catalogue(job.results).rows(job.splits))
    value = cross_entropy_threshold(pooled_histogram(seeds))
    log.info("label_free %.3f", value)
    write_fit(job, {"mode": "label_free", "kind": "constant", "value": value})
