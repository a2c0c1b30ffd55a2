from pathlib import Path

import pytest
from typer.testing import CliRunner

from seedmask.cli import app
from seedmask.runs import workflow


@pytest.mark.parametrize(
    ("words", "files", "options"),
    [
        (["cows.yaml", "--cores", "2", "-n"], ["cows.yaml"], ["--cores", "2", "-n"]),
        (["--rerun-triggers", "mtime", "--", "all"], [], ["--rerun-triggers", "mtime", "--", "all"]),
        (["-npc2", "--no-such-option=1"], [], ["-npc2", "--no-such-option=1"]),
    ],
)
def test_every_word_reaches_snakemake_as_it_is(monkeypatch, words, files, options):
    seen = []
    monkeypatch.setattr(workflow, "run_workflow", lambda *arguments: seen.append(arguments) or 7)
    outcome = CliRunner().invoke(app, ["run", *words])
    assert outcome.exit_code == 7, outcome.output
    assert seen == [([Path(file) for file in files], options)]
