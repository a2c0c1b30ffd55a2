"""Whether another program made maps of every image."""

from seedmask.dataset.catalogue import Catalogue
from seedmask.job import Job, log
from seedmask.seeds.folder.files import MapFiles
from seedmask.seeds.folder.options import SeedFolderOptions
from seedmask.storage.fits import write_fit


def run(job: Job, device: str) -> None:  # noqa: ARG001  files are read on the CPU
    """Look for the maps, and write `fit.json`."""
    options, catalogue = SeedFolderOptions.model_validate(job.settings), Catalogue(job.results)
    rows = [row for _, row in catalogue.rows(job.splits)]
    MapFiles(options, catalogue.index.classes).look(rows)
    log.info("maps of %d images in %s", len(rows), options.path)
    write_fit(job, {"images": len(rows)})
