from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import multilabel_soft_margin_loss

from seedmask.methods.calibration import calibration_loss, distribution_coefficient, resampled_images

GOLDEN = Path(__file__).parents[1] / "golden" / "sfc"


@pytest.mark.parametrize("name", ["single_class_cow", "single_class_person", "empty_bank_slot"])
def test_losses_and_gradients_equal_those_of_the_reference(name):
    case = {key: torch.as_tensor(value) for key, value in np.load(GOLDEN / f"msdw_{name}.npz").items()}
    maps = {key: case[key].clone().requires_grad_() for key in ("cam1", "proto_raw", "cam1_half", "score1", "score2")}
    loss = calibration_loss(maps["cam1"], maps["proto_raw"], maps["cam1_half"], case["label"], case["dc_voc_order"])
    tags = [multilabel_soft_margin_loss(maps[key].flatten(1), case["label"]) for key in ("score1", "score2")]
    classification = sum(tags) / 2
    for found, key in ((loss.prototype, "gsc"), (loss.scale, "consistency"), (classification, "cls")):
        torch.testing.assert_close(found, case[f"loss_{key}"], rtol=0, atol=1e-5)
    total = classification + loss.prototype + loss.scale
    torch.testing.assert_close(total, case["loss_total"], rtol=0, atol=1e-5)
    total.backward()
    for key, map_ in maps.items():
        torch.testing.assert_close(map_.grad, case[f"grad_{key}"], rtol=0, atol=1e-4)


def test_the_coefficient_of_voc_is_that_of_the_reference():
    case = np.load(GOLDEN / "dc_voc.npz")
    found = distribution_coefficient(torch.as_tensor(case["n_images"]), float(case["ibs_term"]))
    np.testing.assert_allclose(found, case["dc"], atol=1e-5)
    assert resampled_images(660, 4, 20) == case["ibs_term"]


@pytest.mark.parametrize(
    ("counts", "resampled", "expected"),
    [
        ((10, 2, 2), 0.0, (0.5, 1.25, 1.25)),
        ((10, 2, 2), 6.0, (1, 1, 1)),
        ((7, 7, 7), 0.0, (1, 1, 1)),
        ((7, 7, 7), 396.0, (1, 1, 1)),
        ((3,), 396.0, (1,)),
    ],
)
def test_the_coefficient_by_hand(counts, resampled, expected):
    found = distribution_coefficient(torch.tensor(counts), resampled)
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float32))


def test_a_class_without_a_picture_has_a_finite_coefficient():
    found = distribution_coefficient(torch.tensor([0, 5, 10]), 0.0)
    assert torch.isfinite(found).all()
    assert found.argmax() == 0


@given(st.lists(st.integers(1, 5000), min_size=2, max_size=20), st.floats(0, 1000))
def test_the_coefficients_have_mean_one_and_ask_least_of_the_middle(counts, resampled):
    n = torch.tensor(counts, dtype=torch.float64)
    found = distribution_coefficient(n, resampled)
    assert found.mean().item() == pytest.approx(1)
    demand = found * (n + resampled)
    assert demand[(n - n.quantile(0.5, interpolation="lower")).abs().argmin()] <= demand.min() + 1e-6 * demand.max()


def constant(value, channels, size=4):
    maps = torch.zeros(1, channels, size, size)
    maps[:, 1] = value
    return maps


def test_the_terms_by_hand():
    """One class of twenty in the picture, with the coefficient of VOC's person."""
    labels = torch.zeros(1, 20)
    labels[:, 0] = 1
    coefficient = torch.full((20,), 0.9)
    coefficient[0] = 1.5451
    loss = calibration_loss(constant(0.5, 21), constant(0.8, 21), constant(0.3, 21, 2), labels, coefficient)
    assert loss.prototype.item() == pytest.approx(0.05886, abs=1e-5)
    assert loss.scale.item() == pytest.approx(0.012361, abs=1e-6)


def test_the_coefficient_of_an_absent_class_changes_nothing_and_weights_switch_terms_off():
    labels, coefficient = torch.tensor([[1.0, 0.0]]), torch.tensor([1.0, 1.0])
    maps = constant(0.5, 3), constant(0.8, 3), constant(0.3, 3, 2)
    before = calibration_loss(*maps, labels, coefficient)
    assert before == calibration_loss(*maps, labels, torch.tensor([1.0, 9.0]))
    off = calibration_loss(*maps, labels, coefficient, proto_weight=0, scale_weight=0)
    assert (off.prototype.item(), off.scale.item()) == (0, 0)
