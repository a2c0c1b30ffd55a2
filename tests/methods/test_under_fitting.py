from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seedmask.methods.cross_entropy import cross_entropy
from seedmask.methods.pmm import under_fitting_loss
from seedmask.testing.losses import LossContract, example

GOLDEN = Path(__file__).parents[1] / "golden" / "pmm"
MODES = ["clamp", "ignore", "pow"]
OPEN = {"gate": 1e9, "limit": 0.5}


class UnderFittingContract(LossContract):
    """The divisor is the number of all pixels, but ignored pixels still change neither value nor gradient."""


class TestClamp(UnderFittingContract):
    def loss(self, logits, labels):
        return under_fitting_loss(logits, labels)


class TestNone(UnderFittingContract):
    def loss(self, logits, labels):
        return under_fitting_loss(logits, labels, mode="none")


class TestOpenIgnore(UnderFittingContract):
    def loss(self, logits, labels):
        return under_fitting_loss(logits, labels, mode="ignore", gate=1e9, limit=5)


class TestOpenPower(UnderFittingContract):
    def loss(self, logits, labels):
        return under_fitting_loss(logits, labels, mode="pow", **OPEN)

    def test_a_batch_of_ignored_pixels_is_zero_with_zero_gradient(self):
        """The 1e-9 that keeps the power's gradient finite is left: its root, not 0, with zero gradient."""
        logits, labels = example()
        logits.requires_grad_()
        value = self.loss(logits, torch.full_like(labels, 255))
        value.backward()
        assert value.item() == pytest.approx(1e-9**0.5)
        assert not logits.grad.any()


@pytest.mark.parametrize("setting", range(6))
@pytest.mark.parametrize("name", ["all_ignored", "gate_closed", "gate_open", "single_class"])
def test_loss_and_gradient_equal_those_of_the_reference(name, setting):
    case = np.load(GOLDEN / f"puf_{name}.npz")
    logits = torch.tensor(case["logits"], requires_grad=True)
    mode = str(case[f"kind_{setting}"])
    loss = float(case[f"loss_weight_{setting}"]) * under_fitting_loss(
        logits,
        torch.tensor(case["label"]),
        mode=mode,
        gate=float(case[f"beta_{setting}"]),
        limit=float(case[f"k_{setting}"]),
    )
    loss.backward()
    assert loss.item() == pytest.approx(case[f"loss_{setting}"].item(), abs=1e-6)
    tolerance = 1e-4 if mode == "pow" else 2e-7
    np.testing.assert_allclose(logits.grad.numpy(), case[f"grad_{setting}"], rtol=0, atol=tolerance)


def with_losses(losses, ignored=0):
    """Logits of two classes, (1, 2, 1, W), that cost given cross-entropies, and labels with some ignored pixels."""
    wanted = torch.tensor([*losses, *[0.0] * ignored], dtype=torch.float64)
    logits = torch.stack([torch.zeros_like(wanted), torch.expm1(wanted).clamp(min=1e-300).log()])
    labels = torch.tensor([0] * len(losses) + [255] * ignored)
    return logits[None, :, None], labels[None, None]


@pytest.mark.parametrize(
    ("losses", "ignored", "expected"),
    [
        ((0.1, 0.2, 0.7, 2.0), 0, {"none": 0.75, "clamp": 0.75, "ignore": 0.75, "pow": 0.75}),
        ((0.1, 0.2, 0.3, 1.2), 0, {"none": 0.45, "clamp": 0.275, "ignore": 0.15, "pow": 0.601652}),
        ((0.1, 0.2, 0.7, 2.0), 4, {"none": 0.375, "clamp": 0.1625, "ignore": 0.0375, "pow": 0.376805}),
    ],
)
def test_four_pixels_worked_by_hand(losses, ignored, expected):
    logits, labels = with_losses(losses, ignored)
    for mode, value in expected.items():
        assert under_fitting_loss(logits, labels, mode=mode).item() == pytest.approx(value, abs=2e-6)


def value_and_gradient(logits, labels, **settings):
    logits = logits.clone().requires_grad_()
    value = under_fitting_loss(logits, labels, **settings)
    value.backward()
    return value.detach(), logits.grad


@given(st.integers(0, 99), st.sampled_from(MODES))
def test_with_a_closed_gate_it_is_the_plain_loss(seed, mode):
    logits, labels = example(seed=seed)
    plain = value_and_gradient(logits, labels, mode="none")
    gated = value_and_gradient(logits, labels, mode=mode, gate=plain[0].item())  # not below: closed
    torch.testing.assert_close(gated, plain, rtol=0, atol=0)


@given(st.integers(0, 99))
def test_clamp_costs_at_most_the_plain_loss_and_the_limit(seed):
    logits, labels = example(seed=seed)
    loss = under_fitting_loss(logits, labels, **OPEN)
    assert loss <= under_fitting_loss(logits, labels, mode="none")
    assert loss <= 0.5


@given(st.integers(0, 99))
def test_clamp_and_ignore_teach_the_same(seed):
    logits, labels = example(seed=seed)
    clamp = value_and_gradient(logits, labels, mode="clamp", **OPEN)[1]
    ignore = value_and_gradient(logits, labels, mode="ignore", **OPEN)[1]
    torch.testing.assert_close(clamp, ignore, rtol=0, atol=0)


def test_a_pixel_exactly_at_the_limit_still_teaches():
    logits, labels = with_losses([0.0], 1)
    logits = logits * 0
    limit = torch.nn.functional.cross_entropy(logits, labels, ignore_index=255).item()
    for mode in ("clamp", "ignore"):
        assert value_and_gradient(logits, labels, mode=mode, gate=9, limit=limit)[1].any()


@given(st.integers(0, 99), st.sampled_from(["clamp", "ignore"]))
def test_pixels_over_the_limit_teach_nothing(seed, mode):
    logits, labels = example(seed=seed)
    losses = torch.nn.functional.cross_entropy(logits, labels, ignore_index=255, reduction="none")
    gradient = value_and_gradient(logits, labels, mode=mode, **OPEN)[1].abs().sum(dim=1)
    assert not gradient[losses > 0.5].any()
    assert (gradient[(losses > 0) & (losses < 0.5)] > 0).all()


@given(st.integers(0, 99), st.sampled_from(["clamp", "ignore"]))
def test_without_a_limit_it_is_the_plain_loss(seed, mode):
    logits, labels = example(seed=seed)
    unlimited = value_and_gradient(logits, labels, mode=mode, gate=1e9, limit=1e9)
    torch.testing.assert_close(unlimited, value_and_gradient(logits, labels, mode="none"))


def test_without_ignored_pixels_none_is_cross_entropy():
    logits, labels = example()
    labels = labels.where(labels != 255, 0)
    torch.testing.assert_close(under_fitting_loss(logits, labels, mode="none"), cross_entropy(logits, labels))


@pytest.mark.parametrize("mode", ["none", *MODES])
def test_perfect_and_hopeless_logits_have_finite_gradients(mode):
    logits = torch.zeros(1, 2, 1, 2)
    logits[0, :, 0, 0] = torch.tensor([200.0, -200.0])
    logits[0, :, 0, 1] = torch.tensor([-200.0, 200.0])
    _, gradient = value_and_gradient(logits, torch.zeros(1, 1, 2, dtype=torch.long), mode=mode, **OPEN)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_logits_are_reckoned_in_single_precision(dtype):
    logits, labels = example()
    low = logits.to(dtype)
    loss = under_fitting_loss(low, labels, mode="pow", **OPEN)
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, under_fitting_loss(low.float(), labels, mode="pow", **OPEN))


def test_another_ignore_index_is_obeyed():
    logits, labels = example()
    renamed = labels.where(labels != 255, -1)
    torch.testing.assert_close(under_fitting_loss(logits, renamed, ignore_index=-1), under_fitting_loss(logits, labels))
