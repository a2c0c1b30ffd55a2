"""Losses of networks that compute in bfloat16, as they do on GPUs."""

import pytest
import torch
from torch.utils.data import default_collate
from training_kit import TRAININGS, trainings


@pytest.fixture(scope="module")
def made():
    return {name: rest for name, *rest in trainings()}


@pytest.mark.parametrize("training", TRAININGS)
def test_losses_are_of_single_precision_where_networks_are_not(made, training):
    network, loss, samples, memory = made[training]
    network.eval()  # batch norms of noise go their own ways
    batch = tuple(default_collate([samples.view(number, 0) for number in range(4)]))
    before = memory.state_dict() if memory else None
    expected = loss(network, batch)
    if memory:
        memory.load_state_dict(before)
    with torch.autocast("cpu", torch.bfloat16):
        found = loss(network, batch)
        assert found.dtype == torch.float32
        found.backward()
    torch.testing.assert_close(found, expected, rtol=0.02, atol=0.01)
    assert all(torch.isfinite(p.grad).all() for p in network.parameters() if p.grad is not None)
