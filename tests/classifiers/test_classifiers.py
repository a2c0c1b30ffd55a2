import importlib
import json

import pytest
import torch
from index_kit import run_index

from seedmask.classifiers.cam import job as cam
from seedmask.classifiers.seam import job as seam
from seedmask.classifiers.sfc import job as sfc
from seedmask.classifiers.sfc import network as networks
from seedmask.classifiers.sfc.options import SfcOptions
from seedmask.config.graph import load
from seedmask.dataset.index import Row
from seedmask.demo.shapes import make_shapes
from seedmask.job import Job
from seedmask.methods.batches import as_batch
from seedmask.methods.calibration import distribution_coefficient
from seedmask.plan import Plan
from seedmask.storage.manifest import Manifest

QUICK = {"encoder": "resnet18", "weights": "none", "output_stride": 32, "threads": 1, "batch_size": 4}
QUICK |= {"epochs": 2, "least_steps": 0}


@pytest.fixture
def train(tmp_path, monkeypatch):
    """Trains a classifier of some settings on eight small pictures; its manifest and metrics."""
    monkeypatch.chdir(tmp_path)
    make_shapes(tmp_path / "shapes", train=8, val=1, seed=0, size=48)

    def run(**settings):
        values = {
            "dataset": {"name": "shapes", "format": "voc", "root": "shapes"},
            "classifiers": {"x": QUICK | settings},
        }
        plan = Plan(load(values, []))
        run_index(plan)
        job = Job.model_validate_json(plan.job("classifiers/x"))
        importlib.import_module(job.module).run(job, "cpu")
        folder = plan.results / "classifiers" / "x"
        metrics = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
        return Manifest.read(folder / "manifest.json"), metrics

    return run


VIEWS = {"augmentation": {"crop": 48, "scale": [0.8, 1.2]}}


@pytest.mark.parametrize("frozen", [0, 4, "all"])
def test_any_part_of_the_encoder_can_be_frozen(train, frozen):
    manifest, metrics = train(frozen_stages=frozen, **VIEWS)
    assert [metric["epoch"] for metric in metrics] == [1, 2]
    assert manifest.facts["classes"] == ["disc", "box", "triangle", "ring", "star"]


def test_the_same_settings_train_the_same_network_and_another_seed_another(train):
    first, _ = train(frozen_stages="all")
    again, _ = train(frozen_stages="all", lr=0.02)
    assert first.digest != again.digest
    assert train(frozen_stages="all")[0].digest == first.digest
    assert train(frozen_stages="all", seed=1)[0].digest != first.digest


def test_the_second_view_of_seam_has_the_size_that_was_asked_for(train, monkeypatch):
    factors = []
    real = seam.smaller_view
    monkeypatch.setattr(seam, "smaller_view", lambda x, factor: factors.append(factor) or real(x, factor))
    train(method="seam", frozen_stages=4, small_view=0.5, epochs=1, **VIEWS)
    assert set(factors) == {0.5}


@pytest.mark.parametrize("frozen", [0, "all"])
def test_held_out_tags_are_measured_and_choose_the_epoch(train, frozen):
    manifest, metrics = train(holdout=0.4, select="tags", frozen_stages=frozen, **VIEWS)
    assert all(0 <= metric["mAP"] <= 1 for metric in metrics)
    assert len(manifest.facts["held_out"]) == 3


def test_a_few_pictures_are_all_learned(train):
    manifest, metrics = train(**VIEWS)
    assert manifest.facts["held_out"] == []
    assert all("mAP" not in metric for metric in metrics)


def test_features_of_held_out_pictures_give_the_logits_of_these_pictures(train, monkeypatch):
    logits = {}
    real = cam.objective

    def watched(options, context):
        made = real(options, context)
        context.network.eval()
        with torch.no_grad():
            logits["pooled"] = made.held_out_logits(context.network)
            logits["images"] = [
                context.network.logits(as_batch([context.catalogue.image(row)], "cpu")) for row in context.held_out
            ]
        return made

    monkeypatch.setattr(cam, "objective", watched)
    train(holdout=0.4, select="tags", frozen_stages="all")
    torch.testing.assert_close(logits["pooled"], torch.cat(logits["images"]))


SFC = {"method": "sfc", "encoder": "resnet18", "output_stride": 16, "lr": 0.01, "augmentation": {"crop": 64}}


PARTS = {
    "the bank": {"bank": {"draws": 0}},
    "the loss of prototypes": {"loss": {"w_proto": 0}},
    "the loss of scales": {"loss": {"w_scale": 0}},
    "the coefficient": {"dc": {"enabled": False}},
}
"""What switches each part of SFC off."""


@pytest.mark.thorough
def test_every_part_of_sfc_can_be_switched_off_and_changes_the_network(train):
    whole, metrics = train(**SFC)
    assert [metric["epoch"] for metric in metrics] == [1, 2]
    assert train(**SFC)[0].digest == whole.digest
    without = {part: train(**SFC, **off)[0].digest for part, off in PARTS.items()}
    assert [part for part, digest in without.items() if digest == whole.digest] == []


def rows(*tags):
    return [Row(str(n), "a.png", "train", 4, 4, tag, "hash", None, None) for n, tag in enumerate(tags)]


def test_the_coefficient_comes_from_the_tags_of_the_training_pictures_and_the_draws_of_an_epoch():
    options = SfcOptions(batch_size=2, bank={"draws": 3}, dc={"rho": 2})
    found = sfc.class_coefficients(options, rows((0,), (0, 1), (0,), (2,)), 3)
    torch.testing.assert_close(found, distribution_coefficient(torch.tensor([3, 1, 1]), 2 * 2 * 3 / 3))
    assert sfc.class_coefficients(
        options.model_copy(update={"dc": options.dc.model_copy(update={"enabled": False})}), rows((0,), (1,)), 2
    ).tolist() == [1, 1]


def test_a_class_without_a_picture_and_untagged_pictures_have_a_coefficient():
    found = sfc.class_coefficients(SfcOptions(), rows((0,), (0,), (1,), ()), 3)
    assert torch.isfinite(found).all()
    assert sfc.class_coefficients(SfcOptions(), rows((), ()), 3).tolist() == [1, 1, 1]


def one_step(labels, **options):
    options = SfcOptions(encoder="resnet18", weights="none", augmentation={"crop": 64}, **options)
    network = networks.build(options, 3)
    pictures = torch.rand(len(labels), 3, 64, 64, generator=torch.Generator().manual_seed(0))
    batch = pictures, torch.tensor(labels, dtype=torch.float32), torch.ones(len(labels), 1, 64, 64)
    loss = sfc.sfc_loss(network, batch, torch.ones(3), options)
    loss.backward()
    return loss, network


def test_a_batch_of_untagged_pictures_has_a_finite_loss_and_teaches_what_is_absent():
    loss, network = one_step([[0, 0, 0], [0, 0, 0]])
    assert torch.isfinite(loss)
    assert network.head.classifier.weight.grad.any()


def test_without_the_two_terms_the_side_branches_and_the_affinity_learn_nothing():
    _, network = one_step([[1, 0, 0], [0, 1, 1]], loss={"w_proto": 0, "w_scale": 0})
    layers = [*network.head.sides, network.head.compared]
    assert not any(layer.weight.grad is not None and layer.weight.grad.any() for layer in layers)
    assert network.head.classifier.weight.grad.any()


@pytest.mark.parametrize(("crop", "scale", "fits"), [(100, 0.5, 128), (80, 0.5, 96), (64, 0.75, None), (96, 0.75, 128)])
def test_a_crop_that_cuts_places_is_refused_with_the_next_one_that_fits(crop, scale, fits):
    if fits is None:
        assert SfcOptions(augmentation={"crop": crop}, scale=scale).augmentation.crop == crop
        return
    with pytest.raises(ValueError, match=f"the next crop that fits is {fits}"):
        SfcOptions(augmentation={"crop": crop}, scale=scale)
