"""What it takes to plan a run: the fingerprints of 60 variants, and Snakemake's dry run, each against bare Python.

Run: python benchmarks/plan.py
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
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


def main() -> None:
    """Print the seconds of each."""
    count, seconds = _output(["-c", FINGERPRINTS]).split()
    bare = _seconds(["-c", "import snakemake.cli"])
    lines = [f"fingerprints of {count} variants: {float(seconds):.2f} s (wanted: at most 1)"]
    if (ROOT / "data" / "stamps").is_dir():
        dry = _seconds(["-m", "snakemake", "-n", "--quiet", "--configfile", RECIPE])
        lines.append(f"dry run of {RECIPE}: {dry:.2f} s, {dry / bare:.1f} times the import of Snakemake")
    parsed = _seconds(["-m", "snakemake", "--list-rules"])
    lines.append(f"parse of config.yaml on top of the import of Snakemake: {parsed - bare:.2f} s (wanted: at most 1.5)")
    sys.stdout.write("\n".join(lines) + "\n")


def _seconds(arguments: list[str]) -> float:
    """The least of three runs, which is the least disturbed one."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        _output(arguments)
        times.append(time.perf_counter() - started)
    return min(times)


def _output(arguments: list[str]) -> str:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
