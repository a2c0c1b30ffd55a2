"""A small finished run: index, seeds, masks, predictions and scores of ten pictures, without a network."""

import atexit
import importlib
import shutil
import tempfile
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import yaml
from index_kit import run_index
from PIL import Image

from seedmask.config.graph import load_file
from seedmask.config.stages import SHARDED
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.images import save_mask
from seedmask.fingerprint import digest
from seedmask.job import Job
from seedmask.jobs import evaluation, images, report
from seedmask.plan import Plan
from seedmask.storage.canvas import CLASSES, CONFIDENCE, MASK, cam_spec
from seedmask.storage.reader import Inputs
from seedmask.storage.records import write_record
from seedmask.storage.shard import Shard
from seedmask.storage.training import only_training

CLASS_NAMES = ("cow & calf", "sheep")
VARIANTS = {
    "classifiers": {"cam": {}},
    "seeds": {"cam": {"from": "classifiers/cam"}},
    "masks": {
        "threshold": {"from": "seeds/cam", "method": "threshold"},
        "crf": {"from": "seeds/cam", "method": "crf", "threshold": {"mode": "fixed", "value": 0.4}},
    },
    "segmenters": {"crf": {"from": "masks/crf"}},
    "predictions": {"crf": {"from": "segmenters/crf"}},
}
HEIGHT, WIDTH = 12, 16


def make_run(truth: bool = True, variants: dict | None = None) -> Plan:
    """Put data set, configuration and results, all but the report, into the working directory."""
    values = {"dataset": {"name": "tiny", "format": "folder", "root": "pictures", "shard_size": 3}}
    values |= {"report": {"images": 2}, **(VARIANTS if variants is None else variants)}
    # What was made once is copied, times of change included.
    shutil.copytree(_made(truth, yaml.safe_dump(values, sort_keys=False)), ".", dirs_exist_ok=True)
    return Plan(load_file(Path("config.yaml")))


@cache
def _made(truth: bool, config: str) -> Path:
    """Folder with a data set, a configuration and results, which lasts as long as the tests."""
    folder = Path(tempfile.mkdtemp(prefix="run-"))
    atexit.register(shutil.rmtree, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _write_pictures(Path("pictures"), truth)
        Path("config.yaml").write_text(config)
        _write_results(Plan(load_file(Path("config.yaml"))))
    return folder


def _write_results(plan: Plan) -> None:
    run_index(plan)
    for reference in plan.variants:
        if reference.split("/")[0] in SHARDED:
            _write_variant(plan, reference)
        else:
            _write_training(job_of(plan.job(reference)))
    for reference in plan.evaluation.scored():
        evaluation.run(job_of(plan.evaluation.job(reference)), "cpu")
    for reference in plan.evaluation.tested_classifiers():
        _write_tags(plan, reference)


def run_in(folder: Path) -> Path:
    """Put a run into another folder than the working directory; the folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        make_run()
    return folder


def report_job(plan: Plan) -> Job:
    """The job of the page."""
    return job_of(plan.page.job())


def draw_report(plan: Plan) -> Job:
    """Count in each picture and draw the page; the page's job."""
    images.run(job_of(plan.page.images_job()), "cpu")
    report.run(report_job(plan), "cpu")
    return report_job(plan)


def job_of(text: str) -> Job:
    """A job that was planned."""
    return Job.model_validate_json(text)


def _write_pictures(root: Path, truth: bool) -> None:
    root.mkdir()
    random = np.random.default_rng(0)
    tags, splits = [], []
    for number in range(10):
        name = f"herd/p{number}" if number == 1 else f"p{number}"
        path = root / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(random.integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8)).save(path)
        tags.append(f'{name},"{CLASS_NAMES[number % 2]}"\n')
        splits.append(f"{name},{'train' if number < 6 else 'val'}\n")
        if truth:
            save_mask(root / "masks" / f"{name}.png", _truth(number))
    (root / "tags.csv").write_text("".join(tags))
    (root / "splits.csv").write_text("".join(splits))
    (root / "classes.txt").write_text("\n".join(CLASS_NAMES) + "\n")


def _truth(number: int) -> np.ndarray:
    """The left half is the class of the picture."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[:, : WIDTH // 2] = number % 2 + 1
    return mask


def _arrays(reference: str, number: int, tag: int) -> dict[str, np.ndarray]:
    if reference.startswith("seeds/"):
        ramp = np.tile(np.linspace(255, 0, WIDTH), (1, HEIGHT, 1)).astype(np.uint8)
        return {"cam": ramp, "classes": np.array([tag], np.int16)}
    mask = _truth(number)
    mask[: HEIGHT // 4] = 0
    if reference.startswith("masks/"):
        return {"mask": mask}
    return {"mask": mask, "confidence": np.full(mask.shape, 51, np.uint8)}


def _write_variant(plan: Plan, reference: str) -> None:
    arrays = {"seeds": {"cam": cam_spec("uint8"), "classes": CLASSES}, "masks": {"mask": MASK}}
    specs = arrays.get(reference.split("/")[0], {"mask": MASK, "confidence": CONFIDENCE})
    facts = {"threshold": {"mode": "fixed", "value": 0.4}} if reference.startswith("masks/") else {}
    if fit := plan.variants[reference].fit():
        importlib.import_module(fit.runs).run(job_of(plan.fit_job(reference)), "cpu")
    for shard in plan.shards(reference):
        job = job_of(plan.job(reference, shard))
        Shard(job).write(specs, lambda row: _arrays(reference, int(row.id[-1]), row.tags[0]), facts=facts)


def _write_training(job: Job) -> None:
    import torch

    rows = list(Catalogue(job.results).rows(("train",)))
    pictures = digest([row.digest for _, row in rows])
    sources = Inputs(job, rows).digests_of_all(row.id for _, row in rows)
    classes = digest(CLASS_NAMES)
    with only_training(job, {"classes": classes, "pictures": pictures, **sources}) as training:
        training.finish({"weight": torch.arange(64.0)}, [], {"classes": list(CLASS_NAMES)})


def _write_tags(plan: Plan, reference: str) -> None:
    """A classifier that is sure of the first class and does not know the second."""
    precisions = (1.0, 0.5)
    classes = [
        {"name": name, "average_precision": precision, "chance": 0.5, "pictures": 3}
        for name, precision in zip(CLASS_NAMES, precisions, strict=True)
    ]
    write_record(
        Path(plan.evaluation.tags(reference)),
        {"classifier": reference, "how": "a guess", "pictures": 6, "classes": classes},
    )
