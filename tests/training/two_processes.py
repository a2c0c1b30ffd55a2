"""What each process of `test_distributed.py` runs: trainings by one process, then the same by two."""

import json
import sys
from pathlib import Path

import torch
from torch import distributed, nn
from torch.nn.functional import batch_norm
from training_kit import trainings

from seedmask.config.networks import Optimiser
from seedmask.training.distributed import synchronised_batch_norm
from seedmask.training.optimisers import parameter_groups
from seedmask.training.trainer import fit

LENGTH = Optimiser(epochs=1, least_steps=0, batch_size=5, lr=0.01, head_lr_factor=1, threads=1)


class Nothing:
    """In the place of a training's files."""

    made_by = "a test"

    def resume(self) -> None:
        return None

    def save(self, state: dict) -> None:
        pass


def run() -> dict[str, dict]:
    """Losses of each training, and a sum over the weights that it ends with."""
    found = {}
    for name, network, loss, samples, loss_state in trainings():
        # Parts of one size, where a running mean over pictures is no batch norm's.
        length = LENGTH.model_copy(update={"batch_size": 4}) if name == "boundary" else LENGTH
        groups = parameter_groups(network, nn.Module(), length)
        weights, metrics = fit(network, groups, samples, loss, length, Nothing(), "cpu", loss_state=loss_state)
        state = network.state_dict()
        found[name] = {
            "losses": [one["loss"] for one in metrics],
            "weights": {key: tensor.double().norm().item() for key, tensor in state.items()},
            "kept": len(weights) == len(state),
        }
    return found


def batch_norms(rank: int) -> None:
    """The gradient and statistics of a part are those of the whole, also of parts that are not of one size."""
    draws = torch.Generator().manual_seed(0)
    whole = torch.randn(5, 4, 3, 3, generator=draws, dtype=torch.float32) + 3
    wanted, mine = torch.randn(whole.shape, generator=draws), (slice(0, 3), slice(3, 5))[rank]
    results = []
    for function, rows in ((batch_norm, slice(0, 5)), (synchronised_batch_norm, mine)):
        x, weight, bias = whole[rows].clone().requires_grad_(), torch.ones(4) * 2, torch.ones(4)
        mean, variance = torch.zeros(4), torch.ones(4)
        y = function(x, mean, variance, weight, bias, True, 0.1, 1e-5)
        (y * wanted[rows]).sum().backward()
        results.append((y, x.grad, mean, variance))
    (y, gradient, *statistics), (own, own_gradient, *own_statistics) = results
    torch.testing.assert_close(own, y[mine])
    torch.testing.assert_close(own_gradient, gradient[mine], rtol=1e-4, atol=1e-5)
    for found, expected in zip(own_statistics, statistics, strict=True):
        torch.testing.assert_close(found, expected)


if __name__ == "__main__":
    number, folder = int(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    if number == 0:
        (folder / "one.json").write_text(json.dumps(run()))
    distributed.init_process_group("gloo", f"file://{folder / 'store'}", rank=number, world_size=2)
    batch_norms(number)
    (folder / f"two-{number}.json").write_text(json.dumps(run()))
    distributed.destroy_process_group()
