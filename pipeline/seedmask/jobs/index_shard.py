"""Read and check the pictures, tags and masks of one shard, as the listing names them.

Of pictures whose files have not changed since they were read, nothing is read. What is wrong with a picture is written
down and told by the job `index`, together with all that is wrong with the others.
"""

from contextlib import suppress
from pathlib import Path

from seedmask.dataset.entries import ListedImage, digest_of_listed
from seedmask.dataset.index_writing import write_shard
from seedmask.dataset.listing import OnDisk
from seedmask.dataset.reading import ImageReader, known_among
from seedmask.dataset.stored_index import read_rows, sealed_path
from seedmask.errors import SeedmaskError
from seedmask.job import Job, log
from seedmask.storage.files import writing_below
from seedmask.storage.lock import only_writer


def run(job: Job, device: str) -> None:  # noqa: ARG001  pictures are read on the CPU
    """Write the rows of a shard, what proves them, and its manifest."""
    settings, folder = job.settings, job.results / "index"
    with writing_below(folder, "finished shards"), only_writer(folder / "locks" / f"{job.shard}.lock", job.name):
        pictures = known_among(_listed(job), _known(job))
        reader = ImageReader(Path(settings["root"]), settings["max_side"], settings["classes"], settings["reader"])
        new = sum(not reader.knows(picture) for picture in pictures)
        made, problems = reader.read(pictures)
        write_shard(job.results, job.shard, made, problems)
    for picture in made:
        if picture.found.note:
            log.info("note: %s: %s", picture.image, picture.found.note)
    log.info("%d pictures, %d of them read, %d problems", len(pictures), new, len(problems))


def _listed(job: Job) -> list[ListedImage]:
    """The pictures that the job was planned with."""
    pictures = OnDisk(job.results, Path(job.settings["root"])).pictures(job.shard)
    if digest_of_listed(pictures) != job.settings["listed"]:
        raise SeedmaskError(f"{job.name}: the data set has changed since this run was planned; run snakemake again")
    return list(pictures)


def _known(job: Job) -> list[ListedImage]:
    """What this shard held when it was last made."""
    with suppress(SeedmaskError):
        return read_rows(job.results, job.shard, sealed_path(job.results, job.shard))
    return []
