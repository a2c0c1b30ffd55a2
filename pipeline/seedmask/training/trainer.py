"""The trainings of classifiers and segmenters: epochs and checkpoints, from any of which they go on bit-equal."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR

from seedmask.config.length import length_of
from seedmask.config.networks import Optimiser
from seedmask.evaluation.learning import too_short
from seedmask.inference.out_of_memory import brief, check_halving, free
from seedmask.job import log
from seedmask.storage.processes import is_first
from seedmask.storage.training import Training
from seedmask.training.distributed import agree, over_processes
from seedmask.training.epochs import Batch, Epochs, Samples
from seedmask.training.optimisers import optimiser_of, rate_of
from seedmask.training.state import LossState, TrainingState

CHECKPOINTS = 100
"""Most checkpoints of a training. Of a dozen pictures an epoch is one step, which costs less than a checkpoint does."""


def fit(
    network: nn.Module,
    groups: list[dict[str, Any]],
    samples: Samples,
    loss: Callable[[nn.Module, Batch], torch.Tensor],
    settings: Optimiser,
    training: Training,
    device: str,
    *,
    frozen: Sequence[nn.Module] = (),
    memory: LossState | None = None,
    after_epoch: Callable[[nn.Module], Mapping[str, float]] = lambda _: {},
    better: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] = lambda _new, _best: True,
) -> tuple[dict[str, torch.Tensor], list[dict[str, Any]]]:
    """Train, going on from the last checkpoint where there is one.

    Args:
        network: on `device`.
        groups: parameter groups of the optimiser.
        samples: the training pictures.
        loss: of the network and one batch on `device`.
        settings: optimiser, length, seed.
        training: where checkpoints go.
        device: `cpu` or `cuda`.
        frozen: parts that stay in eval mode.
        memory: what the loss remembers from step to step; a checkpoint keeps it.
        after_epoch: further metrics.
        better: whether an epoch's metrics beat the best so far; the last epoch wins by default.

    Returns:
        weights of the kept epoch, and the metrics of all epochs.

    Raises:
        SeedmaskError: the loss is not finite, or is no number that can be learned from; not even half a batch fits.
    """
    length = length_of(settings, len(samples))
    epochs = length.epochs
    log.info("training: %s", length.in_words())
    optimiser = optimiser_of(groups, settings)
    decay = LambdaLR(optimiser, partial(rate_of, settings=settings, length=length))
    course = TrainingState(network, optimiser, decay, memory)
    start = course.copy()
    if state := training.resume():
        course.load_state_dict(state)
        log.info("note: going on after epoch %d", len(course.metrics))
    steps = Epochs(over_processes(network, loss), samples, settings, length, device, training.made_by)

    while (epoch := len(course.metrics) + 1) <= epochs:
        started = time.monotonic()
        network.train()
        for part in frozen:
            part.eval()
        try:
            mean = steps.run(epoch, course)
        except torch.OutOfMemoryError as error:
            told = brief(error)
        else:
            told = None
        if told is not None:  # outside the block, where the error has let go of what did not fit
            check_halving(told, course.parts, settings)
            free()
            course.load_state_dict(training.resume() or start())
            course.parts = 2
            training.save(course.state_dict())
            continue
        network.eval()
        agree(network)
        if is_first():
            course.judge({"epoch": epoch, "loss": mean, **after_epoch(network)}, better)
        else:
            course.metrics.append({"epoch": epoch, "loss": mean})
        if epoch % -(-epochs // CHECKPOINTS) == 0:
            training.save(course.state_dict())
        if epoch % max(1, epochs // 20) == 0:
            numbers = ", ".join(f"{name} {number:.3f}" for name, number in list(course.metrics[-1].items())[1:])
            log.info("epoch %d of %d: %s, %.1f s", epoch, epochs, numbers, time.monotonic() - started)
    if warning := too_short([one["loss"] for one in course.metrics]):
        log.warning("warning: %s", warning)
    return course.kept, course.metrics
