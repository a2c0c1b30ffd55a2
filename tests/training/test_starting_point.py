"""Weight decay towards the start is the optimiser's own, shifted."""

import pytest
import torch

from seedmask.config.networks import Optimiser
from seedmask.training.optimisers import StartingPoint, parameter_groups

KINDS = {
    "sgd": lambda groups: torch.optim.SGD(groups, momentum=0.9, nesterov=True),
    "adamw": torch.optim.AdamW,
}
START = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
PULL = torch.tensor([0.3, -0.1, 2.0], dtype=torch.float64)


def steps_of(kind, start, decay, pulled, count=5, lr=0.1, shift=0.0):
    """Values after each step on a loss that does not know of the shift."""
    weights = torch.nn.Parameter(start + shift)
    optimiser = KINDS[kind]([{"params": [weights], "lr": lr, "weight_decay": decay}])
    if pulled:
        StartingPoint(optimiser)
    found = []
    for _ in range(count):
        optimiser.zero_grad()
        ((weights - shift) * PULL).sin().sum().backward()
        optimiser.step()
        found.append(weights.detach().clone())
    return torch.stack(found)


@pytest.mark.parametrize("kind", KINDS)
def test_from_zero_it_is_the_plain_decay(kind):
    zero = torch.zeros(3, dtype=torch.float64)
    found, plain = (steps_of(kind, zero, 0.5, pulled) for pulled in (True, False))
    torch.testing.assert_close(found, plain, rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_from_elsewhere_it_is_the_plain_decay_shifted_by_the_start(kind):
    zero = torch.zeros(3, dtype=torch.float64)
    shifted = steps_of(kind, zero, 0.5, pulled=True, shift=START)
    torch.testing.assert_close(shifted - START, steps_of(kind, zero, 0.5, pulled=False), rtol=0, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_it_changes_nothing_without_decay_and_something_with_it(kind):
    plain = steps_of(kind, START, 0.0, pulled=False)
    assert torch.equal(steps_of(kind, START, 0.0, pulled=True), plain)
    assert not torch.equal(steps_of(kind, START, 0.1, pulled=True), plain)


def test_a_step_of_sgd_by_hand():
    weights = torch.nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
    optimiser = torch.optim.SGD([{"params": [weights], "lr": 0.1, "weight_decay": 0.5}], momentum=0.9)
    StartingPoint(optimiser)
    for gradient, expected in ((4.0, 1.6), (4.0, 0.86)):  # v = g + 0.5 (w - 2): 4, then 0.9 * 4 + 4 - 0.2 = 7.4
        weights.grad = torch.tensor([gradient], dtype=torch.float64)
        optimiser.step()
        torch.testing.assert_close(weights.item(), expected)


def test_a_step_of_adamw_by_hand():
    weights = torch.nn.Parameter(torch.tensor([2.0], dtype=torch.float64))
    optimiser = torch.optim.AdamW([{"params": [weights], "lr": 0.1, "weight_decay": 0.5}], eps=0)
    StartingPoint(optimiser)
    for expected in (1.9, 1.9 - 0.1 * 0.5 * -0.1 - 0.1):  # Adam's own step is lr where all gradients are equal
        weights.grad = torch.tensor([4.0], dtype=torch.float64)
        optimiser.step()
        torch.testing.assert_close(weights.item(), expected)


@pytest.mark.parametrize(("kind", "lr", "decay"), [("sgd", 1e-6, 1e6), ("adamw", 1e-4, 1e4)])
def test_a_huge_decay_keeps_parameters_at_their_start(kind, lr, decay):
    found = steps_of(kind, START, decay, pulled=True, count=50, lr=lr)
    assert (found - START).abs().max() < 1e-3
    assert steps_of(kind, START, decay, pulled=False, count=50, lr=lr)[-1].abs().max() < 1e-3


@pytest.mark.parametrize("kind", ["sgd", "adamw"])
def test_biases_are_pulled_only_where_they_decay(kind):
    def bias_after(decay_to, **changes):
        torch.manual_seed(0)
        network = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Linear(2, 1))
        options = Optimiser(epochs=1, lr=0.1, optimiser=kind, weight_decay=0.9, **changes)
        optimiser = KINDS[kind](parameter_groups(network, network[0], options))
        if decay_to == "start":
            StartingPoint(optimiser)
        for _ in range(3):
            optimiser.zero_grad()
            sum(p.sum() for p in network.parameters()).backward()
            optimiser.step()
        return network[0].bias.detach()

    assert torch.equal(bias_after("start", decay_biases=False), bias_after("zero", decay_biases=False))
    assert not torch.equal(bias_after("start"), bias_after("zero"))


def test_parameters_that_no_loss_looks_at_stay():
    weights = torch.nn.Parameter(START.clone())
    optimiser = torch.optim.AdamW([{"params": [weights], "lr": 0.1, "weight_decay": 0.5}])
    StartingPoint(optimiser)
    optimiser.step()
    assert torch.equal(weights.detach(), START)
