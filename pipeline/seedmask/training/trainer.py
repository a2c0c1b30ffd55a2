"""Training of classifiers and segmenters: epochs, and checkpoints that a training resumes from bit-equal."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from seedmask.config.length import length_of
from seedmask.config.networks import Optimiser
from seedmask.evaluation.learning import too_short
from seedmask.events import Epoch, note, report
from seedmask.inference.out_of_memory import check_halving, empty_cache
from seedmask.job import log
from seedmask.memory import brief
from seedmask.storage.processes import is_first
from seedmask.storage.training import Training
from seedmask.training.distributed import average_buffers, distributed_loss
from seedmask.training.epochs import Batch, EpochRunner, Samples
from seedmask.training.optimisers import build_optimiser, learning_rate_factor
from seedmask.training.state import LossState, TrainingState

Network = TypeVar("Network", bound=nn.Module)

CHECKPOINTS = 100
"""Most checkpoints of a training. With a dozen images an epoch is one step, which takes less time than a checkpoint."""


def fit(
    network: Network,
    groups: list[dict[str, Any]],
    samples: Samples,
    loss: Callable[[Network, Batch], torch.Tensor],
    settings: Optimiser,
    training: Training,
    device: str,
    *,
    frozen: Sequence[nn.Module] = (),
    loss_state: LossState | None = None,
    after_epoch: Callable[[Network], Mapping[str, float]] = lambda _: {},
    better: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] = lambda _new, _best: True,
) -> tuple[dict[str, torch.Tensor], list[dict[str, Any]]]:
    """Train, from the last checkpoint if there is one.

    Args:
        network: on `device`.
        groups: parameter groups of the optimiser.
        samples: the training images.
        loss: of the network and one batch on `device`.
        settings: optimiser, length, seed.
        training: where checkpoints go.
        device: `cpu` or `cuda`.
        frozen: parts that stay in eval mode.
        loss_state: what the loss remembers from step to step; a checkpoint holds it.
        after_epoch: further metrics.
        better: whether an epoch's metrics beat the best so far; the last epoch wins by default.

    Returns:
        weights of the kept epoch, and the metrics of all epochs.

    Raises:
        SeedmaskError: the loss is not finite, or not a scalar with a gradient; not even half a batch fits in memory.
    """
    length = length_of(settings, len(samples))
    epochs = length.epochs
    log.info("training: %s", length.describe())
    optimiser = build_optimiser(groups, settings)
    decay = LambdaLR(optimiser, partial(learning_rate_factor, settings=settings, length=length))
    state = TrainingState(network, optimiser, decay, loss_state)
    initial_state = state.copy()
    if checkpoint := training.resume():
        state.load_state_dict(checkpoint)
        note("going on after epoch %d", len(state.metrics))
    runner = EpochRunner(distributed_loss(network, loss), samples, settings, length, device, training.made_by)

    while (epoch := len(state.metrics) + 1) <= epochs:
        started = time.monotonic()
        network.train()
        for part in frozen:
            part.eval()
        mean, message = 0.0, None
        try:
            mean = runner.run(epoch, state)
        except torch.OutOfMemoryError as error:
            message = brief(error)
        if message is not None:  # outside the block: the error keeps the memory until then
            check_halving(message, state.parts, settings)
            empty_cache()
            state.load_state_dict(training.resume() or initial_state())
            state.parts = 2
            training.save(state.state_dict())
            continue
        network.eval()
        average_buffers(network)
        if is_first():
            state.end_epoch({"epoch": epoch, "loss": mean, **after_epoch(network)}, better)
        else:
            state.metrics.append({"epoch": epoch, "loss": mean})
        if epoch % -(-epochs // CHECKPOINTS) == 0:
            training.save(state.state_dict())
        if epoch % max(1, epochs // 20) == 0:
            _report_epoch(state.metrics[-1], epochs, time.monotonic() - started)
    if warning := too_short([metrics["loss"] for metrics in state.metrics]):
        log.warning("%s", warning)
    return state.kept, state.metrics


def _report_epoch(metrics: Mapping[str, Any], epochs: int, seconds: float) -> None:
    """Report the metrics of an epoch, out of so many, and the seconds that it took."""
    numbers = {name: number for name, number in metrics.items() if name != "epoch"}
    epoch = Epoch(
        number=metrics["epoch"],
        of=epochs,
        loss=metrics["loss"],
        metrics={name: float(number) for name, number in numbers.items() if name != "loss"},
        seconds=seconds,
    )
    shown = ", ".join(f"{name} {number:.3f}" for name, number in numbers.items())
    report(epoch, "epoch %d of %d: %s, %.1f s", epoch.number, epoch.of, shown, epoch.seconds)
