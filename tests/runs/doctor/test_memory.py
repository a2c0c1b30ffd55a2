"""The formula of a run's memory; `make large` compares it with whole runs."""

import pytest
from large_kit import make_large

from seedmask.config.graph import Config
from seedmask.plan import Plan
from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.memory import DECODED, NETWORK, RUN, START, U2NET, U2NETP, Expected, expected_memory

CHAIN = {
    "classifiers": {"cam": {"frozen_stages": "all"}},
    "seeds": {"cam": {"from": "classifiers/cam", "scales": [0.5, 1.0]}},
    "masks": {"crf": {"from": "seeds/cam", "method": "crf"}},
}


def expected(tmp_path, monkeypatch, cores=2, **dataset):
    monkeypatch.chdir(tmp_path)
    plan = make_large(tmp_path, count=4, **dataset)
    config = Config.model_validate({**plan.config.model_dump(mode="json", include={"dataset"}), **CHAIN})
    return expected_memory(Diagnosis(Plan(config), quick=True, cores=cores))


def test_shrinking_a_picture_lowers_all_but_the_index(tmp_path, monkeypatch):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    plain = expected(tmp_path / "a", monkeypatch)
    small = expected(tmp_path / "b", monkeypatch, working_side=100)
    assert all(small.jobs[name] < plain.jobs[name] for name in plain.jobs if name != "index")
    assert small.jobs["index"] == START + 200 * 130 * DECODED


def test_saliency_holds_its_network(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    plan = make_large(tmp_path, count=4)
    models = {"small": {}, "full": {"model": "u2net"}, "own": {"method": "folder", "folder": "maps"}}
    values = {**plan.config.model_dump(mode="json", include={"dataset"}), "saliency": models}
    jobs = expected_memory(Diagnosis(Plan(Config.model_validate(values)), quick=True, cores=2)).jobs
    assert jobs["saliency/small"] - jobs["saliency/own"] == U2NETP
    assert jobs["saliency/full"] - jobs["saliency/own"] == U2NET


def test_jobs_of_a_variant_are_at_most_its_shards_and_the_cores(tmp_path, monkeypatch):
    found = expected(tmp_path, monkeypatch, cores=8)
    assert found.at_once == {"index": 2, "classifiers/cam": 1, "seeds/cam": 2, "masks/crf": 2}


@pytest.mark.parametrize(("cores", "others"), [(1, 0), (2, 1)])
def test_the_run_takes_the_largest_jobs_and_others_on_the_cores_left(cores, others):
    found = Expected({"a": 5e9, "b": 1e9}, {"a": 1, "b": 1}, cores, {"a": 1, "b": 1})
    assert found.largest == "a"
    assert found.bytes == RUN + 5e9 + others * (START + NETWORK)
