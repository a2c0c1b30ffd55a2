import re
import subprocess
import sys

import pytest

from seedmask.runs.asked import ONLY_ASK, makes_nothing


@pytest.mark.parametrize("words", [["--report"], ["--report=page.html"], ["-c2", "--unlock"], ["-S"]])
def test_questions_are_known(words):
    assert makes_nothing(words)


@pytest.mark.parametrize("words", [[], ["-c2", "results/x"], ["--report-after-run"], ["--config", "report=1"], ["-n"]])
def test_runs_are_known(words):
    assert not makes_nothing(words)


def test_they_are_options_of_snakemake():
    command = [sys.executable, "-m", "snakemake", "--help"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"(?<![\w-])--?[a-zA-Z][\w-]*", told)) >= ONLY_ASK
