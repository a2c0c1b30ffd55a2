"""Networks that run out of GPU memory above a number of images."""

import sys
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
import torch

from seedmask.config.views import ViewOptions
from seedmask.errors import SeedmaskError
from seedmask.inference import out_of_memory
from seedmask.inference.out_of_memory import run_within_memory
from seedmask.inference.predictor import Predictor
from seedmask.job import Job
from seedmask.jobs import __main__ as stages
from seedmask.labels import LabelSet
from seedmask.networks.segmenter import SegmenterNetwork


class Answer(NamedTuple):
    maps: torch.Tensor
    other: torch.Tensor | None


def network(most, shown):
    """A function that has memory for so many views; `shown` gets the number of views of each successful call."""

    def ask(views):
        if len(views) > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore lines.")
        shown.append(len(views))
        return views.mean(dim=1)

    return ask


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch):
    monkeypatch.setattr(out_of_memory, "_warned", [])


def views(count):
    return torch.rand(count, 3, 4, 6, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("count", "most", "expected"), [(4, 4, [4]), (4, 2, [2, 2]), (5, 3, [3, 2]), (2, 1, [1, 1])])
def test_views_that_do_not_fit_at_once_are_shown_in_halves(count, most, expected):
    shown = []
    found = run_within_memory(network(most, shown), views(count))
    assert shown == expected
    assert torch.equal(found, views(count).mean(dim=1))


def test_that_is_said_once(caplog):
    for _ in range(2):
        run_within_memory(network(1, []), views(2))
    assert caplog.text.count("out of memory with 2 views at once: halves of them, one after the other") == 1


@pytest.mark.parametrize(("count", "named"), [(1, "1 view of 6 x 4 pixels"), (5, "3 views of 6 x 4 pixels")])
def test_halves_that_do_not_fit_are_an_error_that_names_what_to_lower(count, named):
    with pytest.raises(SeedmaskError, match=f"out of memory with {named} at once; lower `scales`"):
        run_within_memory(network(0 if count == 1 else 2, []), views(count))


def test_answers_of_several_maps_are_put_together_again():
    ask = network(1, [])
    found = run_within_memory(lambda shown: Answer(ask(shown), None), views(2))
    assert isinstance(found, Answer)
    assert torch.equal(found.maps, views(2).mean(dim=1))
    assert found.other is None
    assert isinstance(run_within_memory(lambda shown: (ask(shown), None), views(2)), tuple)


def test_a_segmenter_predicts_the_same_of_halves(caplog):
    class Cramped(SegmenterNetwork):
        def __init__(self, most):
            super().__init__()
            self.most = most

        def forward(self, pictures):
            if len(pictures) > self.most:
                raise torch.OutOfMemoryError
            return torch.cat([pictures, pictures.flip(-1)[:, :1]], dim=1)

    def cramped(most):
        views = ViewOptions(**{"from": "segmenters/x"}, flip=True, scales=[1.0, 0.5])
        return Predictor(Cramped(most).coarse_logits, LabelSet(("ant", "bee", "cow")), views, "cpu")

    picture = np.random.default_rng(0).integers(0, 256, (24, 32, 3), np.uint8)
    (mask, probability), (found_mask, found_probability) = (cramped(most).predict(picture) for most in (2, 1))
    assert np.array_equal(found_mask, mask)
    assert np.allclose(found_probability, probability)
    assert "out of memory with 2 views at once" in caplog.text


def test_a_job_that_runs_out_of_memory_elsewhere_says_what_to_lower(tmp_path, monkeypatch):
    def run(job, device):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.\nMore lines.")

    monkeypatch.setitem(sys.modules, "crowded", SimpleNamespace(run=run))
    job = Job(stage="seeds", variant="x", results=tmp_path, settings={}, basis={}, module="crowded")
    with pytest.raises(SeedmaskError, match=r"out of memory \(CUDA .* 2.00 GiB\); show the network less at once"):
        stages._run(job, "cuda")


def test_other_errors_are_not_taken_for_it():
    with pytest.raises(RuntimeError, match="sizes differ"):
        run_within_memory(lambda _: (_ for _ in ()).throw(RuntimeError("sizes differ")), views(2))
