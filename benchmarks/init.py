"""Time and memory of `seedmask init` for a large folder with a table, beside reading the same files plainly.

The plain side lists the folder, reads the header of every picture with Pillow, and every row with csv: what no reader
can do without. Both run in turns in processes of their own.

Run: python benchmarks/init.py [--count 100000]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

KINDS, BESIDE = ("cow", "sheep", "dog", "cat"), 1000
PLAIN = """
import csv, os, sys
from PIL import Image
rows = {row["image"]: row["tags"].split("|") for row in csv.DictReader(open(sys.argv[1] + "/labels.csv"))}
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        if name.endswith(".jpg"):
            with Image.open(os.path.join(folder, name)) as image:
                image.size
"""


def main() -> None:
    """Print seconds and memory of both sides, and their ratios."""
    parser = argparse.ArgumentParser(description="Time `seedmask init` beside plain reading.")
    parser.add_argument("--count", type=int, default=100_000, help="pictures of 64 x 48 pixels")
    parser.add_argument("--rounds", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "set"
        make_folder(folder, options.count)
        init = [sys.executable, "-m", "seedmask", "init", str(folder), "--out", f"{name}/c.yaml", "--force"]
        sides = {"plain": [sys.executable, "-c", PLAIN, str(folder)], "seedmask init": init}
        best: dict[str, tuple[float, float]] = {}
        for _ in range(options.rounds):
            for side, command in sides.items():
                seconds, megabytes = measure(command, Path(name))
                best[side] = min(best.get(side, (seconds, megabytes)), (seconds, megabytes))
    lines = [f"{side:14} {seconds:6.1f} s {megabytes:6.0f} MB" for side, (seconds, megabytes) in best.items()]
    ours, plain = best["seedmask init"], best["plain"]
    lines.append(f"ratio          {ours[0] / plain[0]:6.1f}   {ours[1] / plain[1]:6.1f}")
    sys.stdout.write("\n".join([f"{options.count} pictures and a table", *lines, ""]))


def make_folder(folder: Path, count: int) -> None:
    """Pictures that are links to a few files, in folders of a thousand, and a table with other paths in front."""
    rows = ["image,tags"]
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    original = folder / "0.jpg"
    Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(original)
    for number in range(count):
        below = folder / f"images/{number // BESIDE:03d}"
        if number % BESIDE == 0:
            below.mkdir(parents=True)
            source = below / f"{number:07d}.jpg"  # a file system has a limit of links
            source.write_bytes(original.read_bytes())
        else:
            os.link(source, below / f"{number:07d}.jpg")
        tags = "|".join(kind for kind in KINDS if rng.random() < 0.4)
        rows.append(f"/data/upload/{number // BESIDE:03d}/{number:07d}.jpg,{tags}")
    original.unlink()
    (folder / "labels.csv").write_text("\n".join(rows) + "\n")


def measure(command: list[str], folder: Path) -> tuple[float, float]:
    """Seconds and peak megabytes of a command."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:4]} ended with {process.returncode}")
    return time.perf_counter() - start, used.ru_maxrss / 1024


if __name__ == "__main__":
    main()
