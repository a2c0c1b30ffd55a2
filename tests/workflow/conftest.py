"""Undisturbed runs that the tests of this folder share."""

from pathlib import Path

import pytest
from workflow_kit import PMM, SFC, Workspace


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
