"""Made-up sets with seeds, of any number of pictures, classes and shards, up to masks and scores."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

from seedmask.config.graph import load
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.images import save_mask
from seedmask.dataset.index import Row
from seedmask.dataset.listing import update_listing
from seedmask.fingerprint import digest
from seedmask.job import Job
from seedmask.jobs import evaluation, index, index_shard
from seedmask.masks.crf import job as crf
from seedmask.masks.threshold import job as threshold
from seedmask.plan import Plan
from seedmask.storage.canvas import CLASSES, cam_spec
from seedmask.storage.shard import Shard
from seedmask.storage.training import only_training

JOBS, QUIET = "jobs.json", subprocess.DEVNULL
METHODS = {"crf": crf, "threshold": threshold}
"""Imported here: what is measured is the job alone."""
FIXED = {"mode": "fixed", "value": 0.3}
SHOWN, KINDS = 3, 16
"""Classes of a picture at most, and pictures, seeds and masks that really differ."""


@dataclass(frozen=True)
class MadeSet:
    """Size of a set, and how its masks are made."""

    pictures: int
    classes: int
    shard_size: int
    height: int = 48
    width: int = 64
    method: str = "threshold"

    @property
    def reference(self) -> str:
        """The masks."""
        return f"masks/{self.method}"

    def plan(self) -> Plan:
        """The plan, in the working directory."""
        dataset = {"name": "made", "format": "folder", "root": "data", "shard_size": self.shard_size}
        masks = {self.method: {"from": "seeds/cam", "method": self.method, "threshold": FIXED}}
        seeds = {"cam": {"from": "classifiers/cam"}}
        return Plan(load({"dataset": dataset, "classifiers": {"cam": {}}, "seeds": seeds, "masks": masks}, []))

    def shard_of_pictures(self) -> int:
        """Pictures of the first shard."""
        return min(self.shard_size, self.pictures)

    def write_pictures(self) -> None:
        """Pictures, truth masks and tags, in the working directory; those that are there stay."""
        rng = np.random.default_rng(0)
        Path("data/masks").mkdir(parents=True, exist_ok=True)
        tags = []
        for number in range(self.pictures):
            stem, shown = f"p{number:06d}", 1 + np.arange(number, number + 1 + number % SHOWN) % self.classes
            shown = np.unique(shown)
            tags.append(f"{stem}," + ",".join(f"class {label - 1}" for label in shown) + "\n")
            if Path(f"data/{stem}.png").exists():
                continue
            if number < KINDS:
                noise = gaussian_filter(rng.random((self.height, self.width, 3)), (4, 4, 0))
                grey = 255 * (noise - noise.min()) / np.ptp(noise)
                Image.fromarray(grey.astype(np.uint8)).save(f"data/{stem}.png")
            else:
                os.link(f"data/p{number % KINDS:06d}.png", f"data/{stem}.png")
            truth = np.zeros((self.height, self.width), np.uint8)
            truth[:, : self.width // 2] = shown[0]
            save_mask(Path(f"data/masks/{stem}.png"), truth)
        Path("data/classes.txt").write_text("".join(f"class {number}\n" for number in range(self.classes)))
        Path("data/tags.csv").write_text("".join(tags))

    def write_seeds(self) -> None:
        """Index, a network that was never trained, and maps of blurred noise by the writer of all stages."""
        plan = self.plan()
        update_listing(plan.config.dataset, plan.results)
        for shard in plan.shards():
            index_shard.run(job_of(plan.index_shard_job(shard)), "cpu")
        index.run(job_of(plan.index_job()), "cpu")
        _train_nothing(job_of(plan.job("classifiers/cam")), self.classes)
        rng = np.random.default_rng(1)
        noise = gaussian_filter(rng.random((KINDS, self.height, self.width)), (0, 6, 6))
        levels = (255 * (noise - noise.min()) / np.ptp(noise)).astype(np.uint8)

        def compute(row: Row) -> dict[str, np.ndarray]:
            tags = np.array(row.tags, np.int16)
            return {"cam": levels[(int(row.id[1:]) + np.arange(len(tags))) % KINDS], "classes": tags}

        for shard in plan.shards("seeds/cam"):
            Shard(job_of(plan.job("seeds/cam", shard))).write({"cam": cam_spec("uint8"), "classes": CLASSES}, compute)


def job_of(text: str) -> Job:
    """A job that was planned."""
    return Job.model_validate_json(text)


def prepare(folder: str, values: dict[str, int | str]) -> None:
    """Everything up to the seeds, and the jobs of what follows, in `jobs.json`.

    Args:
        folder: new, or that of a smaller set, which grows.
        values: of a `MadeSet`.
    """
    with _in(folder):
        made = MadeSet(**values)  # pyright: ignore[reportArgumentType]  JSON's names and numbers
        made.write_pictures()
        made.write_seeds()
        plan = made.plan()
        masks = [plan.job(made.reference, shard) for shard in plan.shards(made.reference)]
        Path(JOBS).write_text(json.dumps({"masks": masks, "scores": plan.evaluation.job(made.reference)}))


def make_masks(folder: str, method: str, count: int | None = None) -> None:
    """Masks of the first shards, or of all."""
    with _in(folder):
        for job in _jobs()["masks"][:count]:
            METHODS[method].run(job_of(job), "cpu")


def masks_made(folder: str, since: float) -> tuple[int, int]:
    """Shards of masks that were computed since some time, and all."""
    sealed = list(Path(folder).glob("results/made/masks/*/sealed/*.json"))
    return sum(path.stat().st_mtime > since for path in sealed), len(sealed)


def score_masks(folder: str) -> None:
    """Scores of all masks."""
    with _in(folder):
        evaluation.run(job_of(_jobs()["scores"]), "cpu")


def run_jobs(folder: str, cores: int) -> None:
    """Jobs of all shards of masks as the workflow starts them, so many at once."""
    with _in(folder):
        command = [sys.executable, "-m", "seedmask.jobs", "masks", "--job"]
        with ThreadPoolExecutor(cores) as pool:
            list(pool.map(lambda job: subprocess.run([*command, job], check=True, stdout=QUIET), _jobs()["masks"]))


def _jobs() -> dict[str, Any]:
    return json.loads(Path(JOBS).read_text())


@contextlib.contextmanager
def _in(folder: str) -> Iterator[None]:
    """In a folder, on one thread, as jobs are."""
    torch.set_num_threads(1)
    Path(folder).mkdir(parents=True, exist_ok=True)
    with contextlib.chdir(folder):
        yield


def _train_nothing(job: Job, classes: int) -> None:
    rows = list(Catalogue(job.results).rows(("train",)))
    names = [f"class {number}" for number in range(classes)]
    depends_on = {"classes": digest(names), "pictures": digest([row.digest for _, row in rows])}
    with only_training(job, depends_on) as training:
        assert training is not None
        training.finish({"weight": torch.zeros(1)}, [], {"classes": names})
