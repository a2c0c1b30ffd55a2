"""The background score of a mask variant, found in all of its seeds or, as an oracle, with truth."""

from pydantic import TypeAdapter

from pipeline.config.threshold import OracleThreshold, Threshold
from pipeline.data.catalogue import Catalogue
from pipeline.errors import SeedmaskError
from pipeline.evaluation.sweep import ThresholdSweep
from pipeline.job import Job, log
from pipeline.machines.histogram import pooled_histogram
from pipeline.methods.label_free import cross_entropy_threshold
from pipeline.methods.threshold import strongest
from pipeline.storage.files import write_json
from pipeline.storage.reader import StoredVariant
from pipeline.storage.shard import stored


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `fit.json`: the score, what it is, and how it was chosen."""
    threshold = TypeAdapter(Threshold).validate_python(job.settings["threshold"])
    catalogue = Catalogue(job.results)
    seeds = stored(job, job.settings["from"], catalogue.rows(job.splits))
    if isinstance(threshold, OracleThreshold):
        value = _best_against_truth(seeds, catalogue, threshold.split)
    else:
        value = cross_entropy_threshold(pooled_histogram(seeds))
    log.info("%s %.3f", threshold.mode, value)
    write_json(job.folder / "fit.json", {"mode": threshold.mode, "kind": "constant", "value": value})


def _best_against_truth(seeds: StoredVariant, catalogue: Catalogue, split: str) -> float:
    sweep = ThresholdSweep(len(catalogue.index.classes) + 1)
    rows = [row for row in catalogue.index.rows_of(split) if row.mask is not None and row.id in seeds]
    if not rows:
        raise SeedmaskError(f"threshold mode oracle: split {split} has no truth masks; use label_free or fixed")
    for row in rows:
        maps = seeds.read(row.id)
        sweep.add(catalogue.truth(row), *strongest(maps["cam"], maps["classes"]))
    return sweep.best()[0]
