"""Merge the shards of the index, which all other stages read; or report all problems of the data set at once.

Outputs: `set.json` for jobs, `index.csv` and `classes.csv` for people, and `truth.json`, which changes when a truth
mask does and is read by nobody: the evaluation and trainings on truth wait for it.
"""

from seedmask.config.dataset import read_dataset
from seedmask.dataset.formats import mask_codes
from seedmask.dataset.index_writing import find_reading, merge_shards, raise_problems
from seedmask.dataset.listing import planned_listing
from seedmask.dataset.picture_reading import asked_reading
from seedmask.events import note
from seedmask.job import Job, log
from seedmask.labels import LabelSet
from seedmask.storage.files import writing_below


def run(job: Job, device: str) -> None:  # noqa: ARG001  nothing is computed
    """Write the index of a data set."""
    dataset = read_dataset(job.settings["dataset"])
    listing = planned_listing(dataset, job.results, lambda listing: listing.digest == job.settings["listed"])
    raise_problems(
        job.results, f"data set `{dataset.name}` in {dataset.root}", listing.problems, listing.split_rows.shards()
    )
    for text in listing.notes:
        note("%s", text)
    reading = find_reading(job.results, asked_reading(dataset), listing.split_rows.shards())
    if not reading.is_plain:
        note("%s", reading)
    with writing_below(job.results / "index", "finished shards"):
        settings = LabelSet(listing.classes, dataset.background), listing.split_rows, reading, mask_codes(dataset)
        truth = merge_shards(job.results, dataset.root, *settings)
    counts = ", ".join(f"{count} {split}" for split, count in listing.split_rows.counts.items())
    log.info("%s images, %d with truth, %d classes", counts, truth, len(listing.classes))
