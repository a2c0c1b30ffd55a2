"""The background score of a mask variant with the best mIoU against truth; it uses pixel labels, for comparison."""

from seedmask.config.threshold import OracleThreshold
from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.evaluation.sweep import ThresholdSweep
from seedmask.job import Job, log
from seedmask.methods.threshold import strongest
from seedmask.seeds.cam_sets import all_seeds
from seedmask.storage.fits import write_fit


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `fit.json`: the score, its kind, and how it was chosen.

    Raises:
        SeedmaskError: no picture of the split has a truth mask.
    """
    split = OracleThreshold.model_validate(job.settings["threshold"]).split
    catalogue = Catalogue(job.results)
    seeds = all_seeds(job, catalogue.rows(job.splits))
    rows = [row for row in catalogue.index.rows_of(split) if row.mask is not None and row.id in seeds]
    if not rows:
        raise SeedmaskError(f"threshold mode oracle: split {split} has no truth masks; use label_free or fixed")
    sweep = ThresholdSweep(len(catalogue.index.classes) + 1)
    for row in rows:
        arrays = seeds.read(row.id)
        sweep.add(catalogue.truth(row), *strongest(arrays["cam"], arrays["classes"]))
    value = sweep.best()[0]
    log.info("oracle %.3f", value)
    write_fit(job, {"mode": "oracle", "kind": "constant", "value": value})
