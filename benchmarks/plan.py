"""Planning a run: the fingerprints of 60 variants, and what Snakemake takes on top of its own import."""

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.kit.cases import Table
from benchmarks.kit.memory import ROOT
from benchmarks.kit.processes import run_command
from benchmarks.kit.projects import Size, write_project

FINGERPRINTS = """
import time
from seedmask.plan import Plan
values = {"dataset": {"name": "x", "format": "folder", "root": "."}, "classifiers": {}, "seeds": {}, "masks": {},
          "segmenters": {}, "predictions": {}}
for n in range(12):
    values["classifiers"][f"c{n}"] = {"method": ("cam", "seam")[n % 2]}
    values["seeds"][f"s{n}"] = {"from": f"classifiers/c{n}", "method": ("multi_scale", "multi_crop")[n % 2]}
    values["masks"][f"m{n}"] = {"from": f"seeds/s{n}", "method": ("threshold", "crf", "par", "proportional")[n % 4]}
    values["segmenters"][f"g{n}"] = {"from": f"masks/m{n}", "arch": ("FPN", "dilated_psp")[n % 2]}
    values["predictions"][f"p{n}"] = {"from": f"segmenters/g{n}", "splits": ["train"]}
plan = Plan.of(values, [])
started = time.perf_counter()
for reference in plan.variants:
    plan.recipe(reference)
print(len(plan.variants), time.perf_counter() - started)
"""


def tables(quick: bool) -> list[Table]:
    """Seconds of each, the least of three runs; of one where `quick`."""
    rounds = 1 if quick else 3
    command = [sys.executable, "-c", FINGERPRINTS]
    count, seconds = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.split()
    with tempfile.TemporaryDirectory() as name:
        project = write_project(Path(name) / "project", Size("small", 40, 10, 8, 64 * 48))
        bare = _seconds(["-c", "import snakemake.cli"], project, rounds)
        parsed = _seconds(["-m", "snakemake", "--list-rules"], project, rounds)
        dry = _seconds(["-m", "snakemake", "-n", "-q", "all", "--cores", "1"], project, rounds)
    rows: list[tuple[str, float, str]] = [
        (f"fingerprints of {count} variants", float(seconds), "at most 1"),
        ("import of Snakemake", bare, ""),
        ("parse of a configuration, on top of that import", parsed - bare, "at most 1.5"),
        ("dry run of 77 jobs of shards, on top of it", dry - bare, ""),
    ]
    return [Table("Planning", ("", "s", "wanted"), rows)]


def _seconds(arguments: list[str], folder: Path, rounds: int) -> float:
    """The least of some runs, which is the least disturbed one."""
    return min(run_command(arguments, folder).seconds for _ in range(rounds))
