import pytest
from results_kit import make_run

from seedmask.runs.doctor.diagnosis import Diagnosis


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A finished run in the working directory; makes a diagnosis of it."""
    monkeypatch.chdir(tmp_path)
    plan = make_run()

    def diagnose(quick=True, cores=2, plan=plan):
        return Diagnosis(plan, quick, cores)

    return diagnose
