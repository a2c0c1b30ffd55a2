"""The start of a job's process: what it imports before it looks at the first picture.

Beside it the libraries alone that such a job cannot do without, so that the rest is this project's. Seconds of all
cores, as they are disturbed less than those of the clock.
"""

import tempfile
from pathlib import Path

from benchmarks.kit.cases import Table
from benchmarks.kit.processes import run_command

BARE = {"NumPy and Zarr": "numpy, zarr", "these and torch": "numpy, zarr, torch"}
JOBS = {
    "masks, threshold": ("seedmask.masks.threshold.job", "at most 0.8"),
    "masks, crf": ("seedmask.masks.crf.job", "at most 0.8"),
    "seeds, multi_scale": ("seedmask.seeds.multi_scale.job", "at most 2.5"),
    "predictions": ("seedmask.predictions.network.job", "at most 2.5"),
}
"""Modules of jobs, and what is wanted of them."""


def tables(quick: bool) -> list[Table]:
    """Seconds of the imports of each, the least of three processes; of one where `quick`."""
    rounds = 1 if quick else 3
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [(title, _seconds(modules, folder, rounds), "") for title, modules in BARE.items()]
        rows += [(title, _seconds(module, folder, rounds), wanted) for title, (module, wanted) in JOBS.items()]
    return [Table("Start of a job", ("", "s of all cores", "wanted"), rows)]


def _seconds(modules: str, folder: Path, rounds: int) -> float:
    """The least of some runs, which is the least disturbed one; the first of all fills the caches of files."""
    command = ["-c", f"import {modules}"]
    run_command(command, folder)
    return min(run_command(command, folder, {"OMP_NUM_THREADS": "1"}).processor for _ in range(rounds))
