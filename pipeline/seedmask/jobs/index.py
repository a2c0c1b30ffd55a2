"""One index out of its shards, which all other stages follow; or all problems of the data set, at once.

Outputs: `set.json` for jobs, `index.csv` and `classes.csv` for people, and `truth.json`, which changes when a truth
mask does and is read by nobody: the evaluation and trainings on truth wait for it.
"""

from pathlib import Path

from seedmask.dataset.index_writing import gather, refuse
from seedmask.dataset.listing import OnDisk
from seedmask.errors import SeedmaskError
from seedmask.job import Job, log
from seedmask.storage.files import writing_below


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed
    """Write the index of a data set."""
    dataset = job.settings["dataset"]
    listed = OnDisk(job.results, Path(dataset["root"]))
    if listed.digest != job.settings["listed"]:
        raise SeedmaskError("index: the data set has changed since this run was planned; run snakemake again")
    refuse(job.results, f"data set `{dataset['name']}` in {dataset['root']}", listed.problems, listed.rows.shards())
    for note in listed.notes:
        log.info("note: %s", note)
    with writing_below(job.results / "index", "finished shards"):
        truth = gather(job.results, dataset["root"], listed.classes, listed.rows)
    counts = ", ".join(f"{count} {split}" for split, count in listed.rows.counts.items())
    log.info("%s images, %d with truth, %d classes", counts, truth, len(listed.classes))
