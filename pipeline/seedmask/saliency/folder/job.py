"""Saliency maps from a folder of the user's."""

import numpy as np

from seedmask.dataset.index import Row
from seedmask.job import Job, log
from seedmask.methods.saliency import bright_border
from seedmask.saliency.folder.files import SaliencyFiles
from seedmask.saliency.folder.options import FolderOptions
from seedmask.saliency.writing import write_saliency
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  files are read on the CPU
    """Read the maps of a shard."""
    options, shard = FolderOptions.model_validate(job.settings), Shard(job)
    files = SaliencyFiles(options)
    files.check(row for _, row in shard.rows)
    bright: list[str] = []

    def saliency(row: Row) -> np.ndarray:
        values = files.read(row)
        bright.extend([row.id] * bright_border(values))
        return values

    write_saliency(shard, options, saliency, files.digest)
    if len(bright) * 2 > len(shard.rows):
        log.warning(
            "%d of %d maps are brightest along the border, %s the first; if the background is bright in these "
            "files, set `invert: true`",
            len(bright),
            len(shard.rows),
            bright[0],
        )
