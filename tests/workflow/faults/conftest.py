"""Finished workspaces whose jobs are run again one by one, and killed."""

from pathlib import Path

import pytest
from faults_kit import Command, commands
from workflow_kit import Workspace

SETS = ("finished", "pmm", "sfc", "i2crc", "agmm")
"""Whole runs (tests/workflow/conftest.py): the usual one, and one of each system's own methods."""


@pytest.fixture
def thorough(request: pytest.FixtureRequest) -> bool:
    """Whether every job of every method is killed, twenty times at random instants and before each change of a file."""
    return request.config.getoption("--thorough")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Kill the jobs of the systems' own methods where there is time."""
    if "undisturbed" in metafunc.fixturenames:
        sets = SETS if metafunc.config.getoption("--thorough") else SETS[:1]
        metafunc.parametrize("undisturbed", sets, indirect=True)


@pytest.fixture
def undisturbed(request: pytest.FixtureRequest) -> Workspace:
    """A workspace whose jobs are killed."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def jobs(undisturbed: Workspace) -> list[Command]:
    """Every job of the workspace, but of a variant's shards the first."""
    return [command for command in commands(undisturbed.folder) if command.facts["shard"] in (None, "0000")]


@pytest.fixture
def broken(undisturbed: Workspace, tmp_path: Path) -> Workspace:
    """A copy of the workspace to break."""
    return undisturbed.copy(tmp_path / "broken")
