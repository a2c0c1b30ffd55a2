"""Scoring masks against truth, from PNGs and the store to `scores.json`, and what whole validation sets take.

Masks with the classes and sizes of VOC and of COCO; seconds of one core.
"""

import contextlib
import importlib
import tempfile
from pathlib import Path
from time import process_time

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter

from benchmarks.kit.cases import Table
from seedmask.config.graph import load
from seedmask.dataset.images import save_mask
from seedmask.dataset.listing import update_listing
from seedmask.job import Job
from seedmask.jobs import evaluation, index, index_shard
from seedmask.plan import Plan

SETS = {"VOC": (20, (375, 500), 3, 1_449, 60), "COCO": (80, (480, 640), 4, 40_137, 900)}
"""Classes, height and width, labels in a picture, pictures of the validation list, and seconds that they may take."""


def tables(quick: bool) -> list[Table]:
    """Pictures a second, and seconds of the whole set."""
    pictures, rows = 4 if quick else 100, []
    for name, (classes, size, labels, whole, most) in SETS.items():
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            write_set(classes, size, labels, pictures)
            rate = pictures / scored(Plan(load(configuration(), [])))
        rows.append((name, whole, rate, whole / rate, f"at most {most}"))
    columns = ("set", "validation pictures", "pictures a second", "s", "wanted")
    return [Table(f"Measured on {pictures} pictures of each set", columns, rows)]


def configuration() -> dict:
    """Masks of another program."""
    own = {"method": "folder", "path": "predictions", "origin": "closed_world"}
    return {
        "dataset": {"name": "scored", "format": "folder", "root": "data", "shard_size": 50},
        "masks": {"own": own},
    }


def write_set(classes: int, size: tuple[int, int], labels: int, pictures: int) -> None:
    """Pictures of one colour, truth masks of smooth regions, and predictions whose contours are others."""
    random = np.random.default_rng(0)
    for folder in ("data/masks", "predictions"):
        Path(folder).mkdir(parents=True)
    lines = []
    for name in [f"p{number:04d}" for number in range(pictures)]:
        present = np.array([0, *1 + random.permutation(classes)[: labels - 1]], np.uint8)
        noise = gaussian_filter(random.random((labels, *size), dtype=np.float32), (0, 20, 20))
        truth = present[noise.argmax(axis=0)]
        truth[np.diff(truth, axis=1, prepend=truth[:, :1]) != 0] = 255
        noise += gaussian_filter(random.random((labels, *size), dtype=np.float32), (0, 20, 20)) / 2
        Image.new("RGB", (size[1], size[0])).save(f"data/{name}.jpg")
        save_mask(Path(f"data/masks/{name}.png"), truth)
        save_mask(Path(f"predictions/{name}.png"), present[noise.argmax(axis=0)])
        lines.append(f"{name}," + ",".join(f"class {label - 1}" for label in present[1:]) + "\n")
    Path("data/classes.txt").write_text("".join(f"class {number}\n" for number in range(classes)))
    Path("data/tags.csv").write_text("".join(lines))


def scored(plan: Plan) -> float:
    """Seconds of one core that the job takes which scores, after all that it needs."""
    update_listing(plan.config.dataset, plan.results)
    jobs = [(index_shard, plan.index_shard_job(shard)) for shard in plan.shards()]
    fit = plan.variants["masks/own"].fit()
    assert fit is not None
    jobs += [(index, plan.index_job()), (importlib.import_module(fit.runs), plan.fit_job("masks/own"))]
    module = importlib.import_module(plan.variants["masks/own"].runs)
    jobs += [(module, plan.job("masks/own", shard)) for shard in plan.shards("masks/own")]
    for module, job in jobs:
        module.run(Job.model_validate_json(job), "cpu")
    start = process_time()
    evaluation.run(Job.model_validate_json(plan.evaluation.job("masks/own")), "cpu")
    return process_time() - start
