"""Planning a run: the fingerprints of 60 variants, and what Snakemake takes on top of its own import."""

import subprocess
import sys
import time

from benchmarks.kit.cases import Table
from benchmarks.kit.memory import ROOT

RECIPE = "recipes/pmm-stamps.yaml"
"""Any configuration whose pictures `make demo` has made."""
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
    count, seconds = _output(["-c", FINGERPRINTS]).split()
    bare = _seconds(["-c", "import snakemake.cli"], rounds)
    parsed = _seconds(["-m", "snakemake", "--list-rules"], rounds)
    rows: list[tuple[str, float, str]] = [
        (f"fingerprints of {count} variants", float(seconds), "at most 1"),
        ("import of Snakemake", bare, ""),
        ("parse of `config.yaml`, on top of that import", parsed - bare, "at most 1.5"),
    ]
    if (ROOT / "data" / "stamps").is_dir():
        dry = _seconds(["-m", "snakemake", "-n", "--quiet", "--configfile", RECIPE], rounds)
        rows.append((f"dry run of `{RECIPE}`", dry, ""))
    return [Table("Planning", ("", "s", "wanted"), rows)]


def _seconds(arguments: list[str], rounds: int) -> float:
    """The least of some runs, which is the least disturbed one."""
    times = []
    for _ in range(rounds):
        started = time.perf_counter()
        _output(arguments)
        times.append(time.perf_counter() - started)
    return min(times)


def _output(arguments: list[str]) -> str:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout
