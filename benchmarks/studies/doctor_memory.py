"""Memory that `seedmask doctor` expects against what a run takes; `make large` runs it.

Six kinds of data sets, or those that are named, made on the spot, run whole on two cores with networks of random
weights. Prints for each the estimate, the most memory that the processes of the run held at once (shared pages counted
once), and the largest job of each stage; fails where estimate and measurement differ by more than a factor of 1.5.
"""

import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from PIL import Image, ImageDraw

from benchmarks.kit.memory import most_held
from seedmask.config.graph import load_file
from seedmask.dataset.images import save_mask
from seedmask.plan import Plan
from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.memory import Expected, expected_memory
from seedmask.runs.progress.job_events import JobEvents

CORES = 2
FACTOR = 1.5
NETWORK = {"weights": "none", "epochs": 1, "least_steps": 1, "batch_size": 4}
CHAIN = {
    "classifiers": {"cam": {"method": "cam", "encoder": "tf_efficientnet_lite0", "frozen_stages": "all", **NETWORK}},
    "seeds": {"cam": {"from": "classifiers/cam", "scales": [0.5, 1.0]}},
    "masks": {"crf": {"from": "seeds/cam", "method": "crf", "threshold": {"mode": "fixed", "value": 0.3}}},
    "segmenters": {"crf": {"from": "masks/crf", "arch": "DeepLabV3Plus", "encoder": "resnet18", **NETWORK}},
    "predictions": {"crf": {"from": "segmenters/crf"}},
}
POINTS = {
    "weak_labels": {"points": {"method": "points", "from": "truth"}},
    "segmenters": {
        "agmm": {
            "from": "weak_labels/points",
            "arch": "DeepLabV3Plus",
            "encoder": "resnet18",
            "loss": {"name": "mixture"},
        }
        | NETWORK
    },
    "predictions": {"agmm": {"from": "segmenters/agmm"}},
}
TRUTH = {
    "segmenters": {"truth": {"from": "truth", "arch": "DeepLabV3Plus", "encoder": "resnet18", **NETWORK}},
    "predictions": {"truth": {"from": "segmenters/truth"}},
}


@dataclass(frozen=True)
class Kind:
    """A kind of data set.

    Args:
        pictures: number of pictures.
        size: their width and height.
        classes: number of classes.
        tags: classes of each picture.
        variants: what is made.
        dataset: settings of the data set.
    """

    pictures: int
    size: tuple[int, int]
    classes: int
    tags: int
    variants: Mapping[str, Any]
    dataset: Mapping[str, Any]


KINDS = {
    "small": Kind(8, (320, 240), 2, 1, CHAIN, {"shard_size": 16}),
    "many-classes": Kind(6, (500, 375), 80, 4, CHAIN, {"shard_size": 16}),
    "shrunk": Kind(2, (4000, 3000), 2, 1, CHAIN, {"working_side": 2048, "shard_size": 2}),
    "tiles": Kind(1, (4000, 3000), 2, 1, CHAIN, {"tiles": 1024, "shard_size": 12}),
    "points": Kind(4, (1024, 512), 19, 6, POINTS, {"shard_size": 8}),
    "truth": Kind(4, (640, 480), 150, 8, TRUTH, {"shard_size": 8}),
}


def make(kind: Kind, folder: Path) -> Plan:
    """Write a data set and its configuration."""
    rng, lines = np.random.default_rng(0), []
    width, height = kind.size
    for number in range(kind.pictures):
        labels = [(number * kind.tags + k) % kind.classes + 1 for k in range(kind.tags)]
        picture = Image.fromarray(rng.integers(60, 120, (height // 16, width // 16, 3), np.uint8)).resize(kind.size)
        mask = Image.new("L", kind.size)
        for label in labels:
            side = min(kind.size) // 3
            left, top = int(rng.integers(width - side)), int(rng.integers(height - side))
            box, colour = (left, top, left + side, top + side), tuple(map(int, rng.integers(120, 256, 3)))
            ImageDraw.Draw(picture).ellipse(box, fill=colour)
            ImageDraw.Draw(mask).ellipse(box, fill=label)
        (folder / "set").mkdir(exist_ok=True)
        picture.save(folder / f"set/p{number:02d}.jpg", quality=90)
        save_mask(folder / f"set/masks/p{number:02d}.png", np.asarray(mask))
        lines.append(",".join([f"p{number:02d}", *(f"c{label:03d}" for label in sorted(set(labels)))]) + "\n")
    (folder / "set/tags.csv").write_text("".join(lines))
    (folder / "set/classes.txt").write_text("".join(f"c{label:03d}\n" for label in range(1, kind.classes + 1)))
    values = {"dataset": {"name": "set", "format": "folder", "root": "set", **kind.dataset}, **kind.variants}
    (folder / "config.yaml").write_text(yaml.safe_dump(values, sort_keys=False))
    return Plan(load_file(folder / "config.yaml"))


def largest_jobs(results: Path) -> dict[str, int]:
    """Most bytes of a job of each stage."""
    most: dict[str, int] = {}
    for path in results.rglob("*.jsonl"):
        stage = path.relative_to(results).parts[0]
        most[stage] = max(most.get(stage, 0), JobEvents.read(path).peak or 0)
    return most


def run(name: str) -> bool:
    """Measure a kind and print it; whether the estimate is right."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        plan = make(KINDS[name], Path(folder))
        expected: Expected = expected_memory(Diagnosis(plan, quick=True, cores=CORES))
        measured = most_held(["seedmask", "run", "config.yaml", "--cores", str(CORES)], Path(folder), quiet=True)
        ratio = expected.bytes / measured
        sys.stdout.write(f"{name:13} {expected.bytes / 1e9:6.2f} GB {measured / 1e9:6.2f} GB   ratio {ratio:.2f}\n")
        jobs = largest_jobs(plan.results)
        for stage, most in jobs.items():
            guess = expected.of_stage(stage)
            if guess:
                sys.stdout.write(
                    f"  {stage:12} {guess / 1e9:6.2f} GB {most / 1e9:6.2f} GB   ratio {guess / most:.2f}\n"
                )
        sys.stdout.flush()
        os.chdir("/")
    return 1 / FACTOR <= ratio <= FACTOR


def main() -> int:
    """Measure all kinds, or those that are named."""
    sys.stdout.write("kind            doctor    measured\n")
    right = [run(name) for name in sys.argv[1:] or KINDS]
    return 0 if all(right) else 1


if __name__ == "__main__":
    sys.exit(main())
