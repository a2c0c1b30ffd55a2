"""A configuration of a thousand variants: no command line grows with it, and the jobs that know all of them run."""

import importlib
import re

import pytest
import yaml
from workflow_kit import Workspace

from seedmask.job import Job
from seedmask.plan import Plan

LONGEST_ARGUMENT = 131_072
"""Bytes that Linux takes as one argument of a command."""
LONG = "_" + 94 * "x"
"""End of a long name."""


def with_masks(workspace: Workspace, count: int, ending: str = "") -> list[str]:
    """Add mask variants, each with a threshold of its own; their names."""
    names = [f"t{number:04d}{ending}" for number in range(count)]
    workspace.config["masks"] |= {
        name: {"from": "seeds/cam", "method": "threshold", "threshold": {"mode": "fixed", "value": (n + 1) / 2000}}
        for n, name in enumerate(names)
    }
    return names


def test_no_command_of_a_thousand_variants_is_long(copied):
    names = with_masks(copied, 1000)
    output = copied.run("--dry-run", "--printshellcmds")
    assert set(re.findall(r"output: results/shapes/masks/(t\d{4})/manifests/0001\.json", output)) == set(names)
    commands = re.findall(r"python -P -m seedmask\.jobs .*", output)
    assert len(commands) >= 3000
    assert max(map(len, commands)) < LONGEST_ARGUMENT / 4


@pytest.fixture
def many(copied, monkeypatch):
    """A workspace with the masks and scores of variants whose job of the report is too long to be typed.

    Long names make it so with fewer variants.
    """
    names = with_masks(copied, 180, LONG)
    monkeypatch.chdir(copied.folder)
    (copied.folder / "config.yaml").write_text(yaml.safe_dump(copied.config, sort_keys=False))
    plan = Plan.of(copied.config, ["config.yaml"])
    for name in names:
        jobs = [plan.job(f"masks/{name}", shard) for shard in plan.shards(f"masks/{name}")]
        for job in map(Job.model_validate_json, [*jobs, plan.evaluation.job(f"masks/{name}")]):
            importlib.import_module(job.module).run(job, "cpu")
    assert len(plan.page.job()) > LONGEST_ARGUMENT
    return copied


@pytest.mark.thorough
def test_the_report_of_many_variants_is_made(many):
    output = many.run(program=("snakemake",))  # does not remember the masks, which no run has made
    assert re.search(r"^(\d) of \1 jobs in ", output, re.MULTILINE)
    assert f"masks/t0179{LONG}" in (many.results / "report.html").read_text()
    assert f"masks/t0179{LONG}" in (many.results / "report" / "images.csv").read_text()


def test_a_thousand_variants_run(copied, request):
    if not request.config.getoption("--thorough"):
        pytest.skip("takes an hour; make many")
    names = with_masks(copied, 1000)
    process = copied.start()
    output, _ = process.communicate()
    assert process.returncode == 0, output[-6000:]
    page = (copied.results / "report.html").read_text()
    assert all(f"masks/{name}" in page for name in names)
