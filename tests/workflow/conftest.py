"""Undisturbed runs that the tests of this folder share."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from workflow_kit import I2CRC, PMM, SFC, Workspace


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace after an undisturbed run on two cores; never changed by a test."""
    workspace = Workspace(tmp_path_factory.mktemp("finished"))
    workspace.run()
    return workspace


@pytest.fixture(scope="session")
def pmm(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace after a run of all of PMM's parts; never changed by a test."""
    return with_parts(PMM, tmp_path_factory.mktemp("pmm"))


@pytest.fixture(scope="session")
def sfc(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace after a run of all of SFC's parts; never changed by a test."""
    return with_parts(SFC, tmp_path_factory.mktemp("sfc"))


@pytest.fixture(scope="session")
def i2crc(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A workspace after a run of all of I2CRC's parts; never changed by a test."""
    folder = tmp_path_factory.mktemp("i2crc")
    (folder / "saliency").mkdir()
    workspace = Workspace(folder)
    for path in (folder / "shapes" / "SegmentationClass").glob("*.png"):
        with Image.open(path) as truth:  # maps of the user's own; objects stand out
            Image.fromarray(np.where(np.isin(truth, (0, 255)), 10, 240).astype(np.uint8)).save(
                folder / "saliency" / path.name
            )
    workspace.config |= I2CRC
    workspace.run()
    return workspace


def with_parts(parts: dict, folder: Path) -> Workspace:
    """A workspace after a run of some variants in the place of the usual ones."""
    workspace = Workspace(folder)
    workspace.config |= parts
    workspace.run()
    return workspace


@pytest.fixture
def copied(finished: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the finished workspace, with Snakemake's memory of it."""
    return finished.copy(tmp_path / "copy")
