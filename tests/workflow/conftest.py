"""Undisturbed runs that the tests of this folder share, also where several processes run the tests."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from filelock import FileLock
from PIL import Image
from workflow_kit import AGMM, COLD, I2CRC, PMM, SFC, Workspace

Shared = Callable[..., Workspace]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Shared:
    """Makes a run of some variants in the place of the usual ones once; each process of the tests has a copy of it."""
    own = tmp_path_factory.getbasetemp()
    common = own if worker_id == "master" else own.parent

    def run(name: str, parts: dict, **how: Any) -> Workspace:
        folder = common / f"run-{name}"
        with FileLock(f"{folder}.lock"):
            if not (folder / "config.json").exists():
                shutil.rmtree(folder, ignore_errors=True)
                workspace = Workspace(folder)
                write_saliency(workspace)
                write_annotations(workspace)
                workspace.config |= parts
                workspace.run(**how)
                (folder / "config.json").write_text(json.dumps(workspace.config))
        return Workspace.at(folder).copy(own / name)

    return run


@pytest.fixture(scope="session")
def finished(shared: Shared) -> Workspace:
    """A workspace after an undisturbed run on two cores, each job of it a new process; never changed by a test."""
    return shared("finished", {}, python=COLD)


@pytest.fixture(scope="session")
def pmm(shared: Shared) -> Workspace:
    """A workspace after a run of all of PMM's parts; never changed by a test."""
    return shared("pmm", PMM)


@pytest.fixture(scope="session")
def sfc(shared: Shared) -> Workspace:
    """A workspace after a run of all of SFC's parts; never changed by a test."""
    return shared("sfc", SFC)


@pytest.fixture(scope="session")
def i2crc(shared: Shared) -> Workspace:
    """A workspace after a run of all of I2CRC's parts; never changed by a test."""
    return shared("i2crc", I2CRC)


@pytest.fixture(scope="session")
def agmm(shared: Shared) -> Workspace:
    """A workspace after a run of all of AGMM's parts; never changed by a test."""
    return shared("agmm", AGMM)


def write_annotations(workspace: Workspace) -> None:
    """What a user clicked and drew: a point of each class and a stroke of it in each picture, and a block of labels."""
    names = (workspace.folder / "shapes" / "classes.txt").read_text().split()
    clicks, strokes = ["image,x,y,class"], []
    (workspace.folder / "blocks").mkdir()
    for path in sorted((workspace.folder / "shapes" / "SegmentationClass").glob("*.png")):
        truth = np.asarray(Image.open(path))
        for label in np.unique(truth[truth < 255]).tolist():
            ys, xs = np.nonzero(truth == label)
            x, y, name = int(xs[len(xs) // 2]), int(ys[len(xs) // 2]), ("background", *names)[label]
            clicks.append(f"{path.stem},{x},{y},{name}")
            strokes.append({"image": path.stem, "class": name, "points": [[x, y]]})
        block = np.full_like(truth, len(names) + 1)
        block[:20] = np.where(truth[:20] == 255, len(names) + 1, truth[:20])
        block[-1] = 255
        Image.fromarray(block).save(workspace.folder / "blocks" / path.name)
    (workspace.folder / "clicks.csv").write_text("\n".join(clicks))
    (workspace.folder / "strokes.json").write_text(json.dumps(strokes))


def write_saliency(workspace: Workspace) -> None:
    """Saliency of the user's own, in which the objects of the pictures stand out."""
    (workspace.folder / "saliency").mkdir()
    for path in (workspace.folder / "shapes" / "SegmentationClass").glob("*.png"):
        with Image.open(path) as truth:
            levels = np.where(np.isin(truth, (0, 255)), 10, 240).astype(np.uint8)
        Image.fromarray(levels).save(workspace.folder / "saliency" / path.name)


@pytest.fixture
def survived(record_property: Callable[[str, object], None]) -> Callable[[int], None]:
    """Counts kills for the last line of the tests."""
    return lambda kills: record_property("kills survived with equal digests", kills)


@pytest.fixture
def copied(finished: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the finished workspace, with Snakemake's memory of it."""
    return finished.copy(tmp_path / "copy")
