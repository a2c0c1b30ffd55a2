from pathlib import Path

import numpy as np
import pytest
import torch

from seedmask.classifiers.i2crc.options import I2crcOptions
from seedmask.config.length import length_of
from seedmask.config.networks import Optimiser
from seedmask.methods.optimisation import coupled, decoupled, polynomial_decay, step_decay
from seedmask.training.optimisers import learning_rate_factor

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "i2crc" / "schedules.npz")


def test_the_classifier_s_rates_are_those_of_the_reference():
    options = I2crcOptions.model_validate({"saliency": "saliency/net"})
    groups = [1, options.bias_lr_factor, options.head_lr_factor, options.head_lr_factor * options.bias_lr_factor]
    length = length_of(options, 10_582)
    assert (length.steps_an_epoch, length.steps) == (2117, 63_510)
    found = [
        [options.lr * group * learning_rate_factor(epoch * 2117 + 7, options, length) for group in groups]
        for epoch in range(options.epochs)
    ]
    np.testing.assert_allclose(found, GOLDEN["cls_lr_per_epoch"], rtol=0, atol=1e-12)


def test_the_segmenter_s_rates_are_those_of_the_reference():
    settings = Optimiser(epochs=1, steps=20_000, lr=2.5e-4, power=0.9, lr_every=10, batch_size=5, accumulate=2)
    length = length_of(settings, 10_582)
    assert length.steps_an_epoch == 1058
    found = [settings.lr * learning_rate_factor(int(t) - 1, settings, length) for t in GOLDEN["seg_iter"]]
    np.testing.assert_allclose(found, GOLDEN["seg_lr_used"], rtol=0, atol=1e-12)
    assert learning_rate_factor(20_000, settings, length) == GOLDEN["seg_lr_after_last"]


@pytest.mark.parametrize(("step", "share"), [(0, 1), (50, 0.75), (100, 0.5), (120, 0.5)])
def test_the_polynomial_decay_ends_at_its_floor(step, share):
    assert polynomial_decay(step, 100, 1, floor=0.5) == share


@pytest.mark.parametrize(("epoch", "rate"), [(0, 1), (4, 1), (5, 0.1), (9, 0.1), (10, 0.01), (29, 0.01)])
def test_a_step_decay_changes_at_the_start_of_its_epochs(epoch, rate):
    assert step_decay(epoch, [5, 10], 0.1) == pytest.approx(rate)


def test_steps_of_a_lengthened_training_are_at_the_same_shares_of_it():
    settings = Optimiser(epochs=30, least_steps=600, lr=1, batch_size=8, decay_epochs=(5, 10))
    length = length_of(settings, 80)
    assert (length.epochs, length.steps_an_epoch) == (60, 10)
    rates = [learning_rate_factor(epoch * 10, settings, length) for epoch in range(60)]
    np.testing.assert_allclose(rates, [1] * 10 + [0.1] * 10 + [0.01] * 40)


def test_a_lengthened_training_decays_to_its_own_end():
    settings = Optimiser(epochs=1, least_steps=100, lr=1, power=1)
    length = length_of(settings, 80)
    assert [learning_rate_factor(step, settings, length) for step in (0, 50, 99)] == pytest.approx([1, 0.5, 0.01])


def test_the_coupled_pull_is_the_gradient_of_the_penalty():
    weights = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64, requires_grad=True)
    start = torch.tensor([0.5, 0.0, 3.0], dtype=torch.float64)
    (0.3 / 2 * (weights - start).square().sum()).backward()
    gradient = torch.tensor([1.0, 1.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(coupled(gradient, weights.detach(), start, 0.3), gradient + weights.grad)


def test_the_decoupled_pull_goes_the_same_share_of_the_way_back():
    weights, start = torch.tensor([1.0, -2.0, 3.0]), torch.tensor([0.0, 0.0, 3.0])
    torch.testing.assert_close(decoupled(weights, start, decay=0.5, rate=0.1), torch.tensor([0.95, -1.9, 3.0]))
    torch.testing.assert_close(decoupled(weights, start, decay=2.0, rate=0.5), start)
