"""The background score of a mask variant that is best against truth; for comparison only, it uses pixel labels."""

from pipeline.config.threshold import OracleThreshold
from pipeline.data.catalogue import Catalogue
from pipeline.errors import SeedmaskError
from pipeline.evaluation.sweep import ThresholdSweep
from pipeline.job import Job, log
from pipeline.machines.map_sets import all_seeds
from pipeline.methods.threshold import strongest
from pipeline.storage.fits import write_fit


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `fit.json`: the score, what it is, and how it was chosen.

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
        maps = seeds.read(row.id)
        sweep.add(catalogue.truth(row), *strongest(maps["cam"], maps["classes"]))
    value = sweep.best()[0]
    log.info("oracle %.3f", value)
    write_fit(job, {"mode": "oracle", "kind": "constant", "value": value})
