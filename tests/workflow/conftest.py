"""Undisturbed runs that the tests of this folder share, also where several processes run the tests."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from workflow_kit import AGMM, I2CRC, PMM, SFC, Workspace, write_annotations, write_saliency

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
    """A workspace after an undisturbed run on two cores; never changed by a test."""
    return shared("finished", {})


@pytest.fixture(scope="session")
def unrun(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace in which nothing has run, with all that variants of any system read."""
    workspace = Workspace(tmp_path_factory.mktemp("unrun") / "workspace")
    write_saliency(workspace)
    write_annotations(workspace)
    return workspace


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


@pytest.fixture
def survived(record_property: Callable[[str, object], None]) -> Callable[[int], None]:
    """Counts kills for the last line of the tests."""
    return lambda kills: record_property("kills survived with equal digests", kills)


@pytest.fixture
def copied(finished: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the finished workspace, with Snakemake's memory of it."""
    return finished.copy(tmp_path / "copy")
