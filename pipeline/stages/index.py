"""Read and check every picture, tag and mask of the data set; write the index that all other stages follow.

Outputs: `index.csv` and `classes.csv` for people, one manifest a shard, and `truth.json`, which changes when a truth
mask does and is read by nobody but the evaluation and trainings on truth.
"""

from pathlib import Path

from pydantic import TypeAdapter

from pipeline.config.dataset import Dataset
from pipeline.data.index import Index, build
from pipeline.fingerprint import digest
from pipeline.job import Job, log
from pipeline.storage.files import write_json


def run(job: Job, device: str) -> None:  # noqa: ARG001  pictures are read on the CPU
    """Write the index of a data set."""
    folder = job.results / "index"
    dataset = TypeAdapter(Dataset).validate_python(job.settings["dataset"])
    made = build(dataset)
    for note in made.notes:
        log.info("note: %s", note)
    for row in made.rows:
        if row.note:
            log.info("note: %s: %s", row.image, row.note)
    made.write(folder)
    write_json(folder / "dataset.json", {"root": dataset.root})
    write_json(folder / "truth.json", {row.id: row.truth_digest for row in made.truth_rows()})
    _write_manifests(made, folder, dataset.shard_size)
    counts = ", ".join(f"{len(made.rows_of(split))} {split}" for split in made.splits)
    log.info("%s images, %d with truth, %d classes", counts, len(made.truth_rows()), len(made.classes))


def _write_manifests(made: Index, folder: Path, size: int) -> None:
    """One file a shard: what results made from pictures and tags depend on."""
    shape = {"classes": list(made.classes), "canvas": list(made.canvas), "slots": made.slots, "images": len(made.rows)}
    for first in range(0, len(made.rows), size):
        rows = made.rows[first : first + size]
        images = {row.id: row.digest for row in rows}
        value = {"set": digest(shape), "images": images}
        write_json(folder / "manifests" / f"{first // size:04d}.json", value)
