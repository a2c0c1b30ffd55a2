"""`seedmask init` for a folder of 100,000 pictures with a table, against reading the same files plainly.

The plain side lists the folder, reads the header of every picture with Pillow, and every row with csv: what no reader
can do without. Both run in turns in processes of their own; the pictures have 64 x 48 pixels.
"""

import os
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.kit.cases import Table
from benchmarks.kit.processes import Used, run_command

KINDS, BESIDE, ROUNDS = ("cow", "sheep", "dog", "cat"), 1000, 2
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


def tables(quick: bool) -> list[Table]:
    """Seconds and memory of both sides, the best of two rounds, and their ratios."""
    count = 300 if quick else 100_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "set"
        make_folder(folder, count)
        init = [sys.executable, "-m", "seedmask", "init", str(folder), "--out", f"{name}/c.yaml", "--force"]
        sides = {"plain": [sys.executable, "-c", PLAIN, str(folder)], "`seedmask init`": init}
        best: dict[str, Used] = {}
        for _ in range(ROUNDS):
            for side, command in sides.items():
                used = run_command(command, Path(name))
                best[side] = min(best.get(side, used), used, key=lambda one: one.seconds)
    rows: list[tuple[str, float, float]] = [(side, used.seconds, used.megabytes) for side, used in best.items()]
    plain, ours = best.values()
    rows.append(("ratio", ours.seconds / plain.seconds, ours.megabytes / plain.megabytes))
    return [Table(f"{count:,} pictures and a table", ("", "s", "MB"), rows)]


def make_folder(folder: Path, count: int) -> None:
    """Pictures that are links to a few files, in folders of a thousand, and a table with other paths in front."""
    rows = ["image,tags"]
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True)
    original = folder / "0.jpg"
    Image.fromarray(rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)).save(original)
    source = original
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
