"""Class activation maps that another program made."""

from seedmask.job import Job
from seedmask.seeds.folder.files import MapFiles
from seedmask.seeds.folder.options import SeedFolderOptions
from seedmask.seeds.writing import write_cams
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  files are read on the CPU
    """Read the maps of a shard."""
    options, shard = SeedFolderOptions.model_validate(job.settings), Shard(job)
    files = MapFiles(options, shard.catalogue.index.classes)
    files.check(row for _, row in shard.rows)
    write_cams(shard, options.dtype, files.read, inputs=lambda row: {"source": files.digest(row)})
