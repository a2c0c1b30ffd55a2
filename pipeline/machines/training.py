"""The epoch loop of classifiers and segmenters, with polynomial decay; it goes on bit-equal from any checkpoint."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any, Protocol, runtime_checkable

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from torch.utils.data import DataLoader, Dataset

from pipeline.config.length import Length, length_of
from pipeline.config.networks import Optimiser
from pipeline.errors import SeedmaskError
from pipeline.evaluation.learning import too_short
from pipeline.job import log
from pipeline.machines.starting_point import StartingPoint
from pipeline.methods.schedules import polynomial_decay, step_decay
from pipeline.storage.training import Training

LOADER_WORKERS = 8
"""Processes that prepare pictures for a GPU; on the CPU the training's own threads do it."""
CHECKPOINTS = 100
"""Most checkpoints of a training. Of a dozen pictures an epoch is one step, which costs less than a checkpoint does."""


Batch = tuple[torch.Tensor, ...]
"""Pictures and what is to be learned of them, each with or without a batch axis."""


@runtime_checkable
class Samples(Protocol):
    """Training pictures by number and seed of the view."""

    def __len__(self) -> int: ...

    def view(self, number: int, seed: int) -> Batch:
        """Tensors of one picture, without a batch axis."""


@runtime_checkable
class Memory(Protocol):
    """What a training remembers from step to step beside its network."""

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain values."""

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from there."""


class _Epoch(Dataset):
    """The samples as they are seen in one epoch: each from a seed of its own."""

    def __init__(self, samples: Samples, seeds: Sequence[int]):
        self._samples, self._seeds = samples, seeds

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, number: int) -> Batch:
        return self._samples.view(number, self._seeds[number])


def parameter_groups(network: nn.Module, pretrained: nn.Module, settings: Optimiser) -> list[dict[str, Any]]:
    """Trained parameters: new layers and biases with learning rates of their own."""
    old = {id(p) for p in pretrained.parameters()}
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((id(parameter) not in old, name.endswith("bias")), []).append(parameter)
    return [
        {
            "params": parameters,
            "lr": settings.lr
            * (settings.head_lr_factor if is_new else 1)
            * (settings.bias_lr_factor if is_bias else 1),
            "weight_decay": settings.weight_decay if settings.decay_biases or not is_bias else 0.0,
        }
        for (is_new, is_bias), parameters in sorted(groups.items())
    ]


def rate_of(step: int, settings: Optimiser, length: Length) -> float:
    """Learning rate of a step over that of the first one.

    A training that is longer than `epochs` has the same rates at the same shares of its length, those of `decay_epochs`
    too: else all that is added would be at the last and lowest of them, and teach next to nothing.

    Args:
        step: number of the step, from 0.
        settings: the decay.
        length: of the training.
    """
    step -= step % settings.lr_every
    if settings.decay_epochs:
        epoch = step // length.steps_an_epoch * length.asked // length.epochs
        return step_decay(epoch, settings.decay_epochs, settings.decay_factor)
    return polynomial_decay(step, length.steps, settings.power, settings.min_lr / settings.lr)


def _optimiser(groups: list[dict[str, Any]], settings: Optimiser) -> torch.optim.Optimizer:
    """For parameters as they are before the first step."""
    if settings.optimiser == "adamw":
        optimiser = torch.optim.AdamW(groups, weight_decay=settings.weight_decay)
    else:
        optimiser = torch.optim.SGD(
            groups, momentum=settings.momentum, weight_decay=settings.weight_decay, nesterov=settings.nesterov
        )
    if settings.decay_to == "start":
        StartingPoint(optimiser)
    return optimiser


def batched(batches: Iterable[Batch], count: int) -> Iterator[tuple[Batch, ...]]:
    """Batches that make a step together; the last ones may be fewer."""
    batches = iter(batches)
    while together := tuple(islice(batches, count)):
        yield together


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
    memory: Memory | None = None,
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
        SeedmaskError: the loss is not finite, or is no number that can be learned from.
    """
    length = length_of(settings, len(samples))
    epochs = length.epochs
    log.info("training: %s", length.in_words())
    optimiser = _optimiser(groups, settings)
    decay = LambdaLR(optimiser, partial(rate_of, settings=settings, length=length))
    use_amp = settings.amp and device == "cuda"
    if settings.amp and not use_amp:
        log.info("note: amp is for GPUs: computing in single precision")
    scaler = torch.amp.GradScaler(device, enabled=use_amp)
    trained = [parameter for group in groups for parameter in group["params"]]
    metrics: list[dict[str, Any]] = []
    kept: dict[str, torch.Tensor] = {}
    best: dict[str, Any] = {}

    if state := training.resume():
        network.load_state_dict(state["network"])
        optimiser.load_state_dict(state["optimiser"])
        decay.load_state_dict(state["decay"])
        scaler.load_state_dict(state["scaler"])
        if memory:
            memory.load_state_dict(state["memory"])
        metrics, kept, best = state["metrics"], state["kept"], state["best"]
        log.info("note: going on after epoch %d", len(metrics))

    for epoch in range(len(metrics) + 1, epochs + 1):
        started = time.monotonic()
        draws = torch.Generator().manual_seed(settings.seed * 1_000_003 + epoch)
        seeds = torch.randint(2**62, (len(samples),), generator=draws).tolist()
        torch.manual_seed(int(torch.randint(2**62, (), generator=draws)))  # dropout
        loader = DataLoader(
            _Epoch(samples, seeds),
            length.batch,
            sampler=torch.randperm(len(samples), generator=draws).tolist(),
            drop_last=not settings.incomplete_batch,
            num_workers=min(LOADER_WORKERS, -(-length.seen // length.batch)) if device == "cuda" else 0,
        )
        network.train()
        for part in frozen:
            part.eval()
        total = torch.zeros((), device=device)
        left = min(length.steps_an_epoch, length.steps - (epoch - 1) * length.steps_an_epoch)
        for together in islice(batched(loader, settings.accumulate), left):
            optimiser.zero_grad(set_to_none=True)
            for batch in together:
                with torch.autocast(device, enabled=use_amp):
                    value = loss(network, tuple(tensor.to(device) for tensor in batch))
                _check(value, training)
                value = value / len(together) if len(together) > 1 else value
                scaler.scale(value).backward()
                total += value.detach()
            if settings.clip_norm:
                scaler.unscale_(optimiser)
                nn.utils.clip_grad_norm_(trained, settings.clip_norm)
            scaler.step(optimiser)
            scaler.update()
            decay.step()
        mean = total.item() / left
        if not torch.isfinite(total):
            raise SeedmaskError(f"the loss of epoch {epoch} is {mean}; lower `lr` or raise `batch_size`")
        network.eval()
        metrics.append({"epoch": epoch, "loss": mean, **after_epoch(network)})
        if not best or better(metrics[-1], best):
            best = metrics[-1]
            kept = {name: tensor.detach().cpu().clone() for name, tensor in network.state_dict().items()}
        if epoch % -(-epochs // CHECKPOINTS) == 0:
            training.save(
                {
                    "network": network.state_dict(),
                    "optimiser": optimiser.state_dict(),
                    "decay": decay.state_dict(),
                    "scaler": scaler.state_dict(),
                    "memory": memory.state_dict() if memory else None,
                    "metrics": metrics,
                    "kept": kept,
                    "best": best,
                }
            )
        if epoch % max(1, epochs // 20) == 0:
            numbers = ", ".join(f"{name} {number:.3f}" for name, number in list(metrics[-1].items())[1:])
            log.info("epoch %d of %d: %s, %.1f s", epoch, epochs, numbers, time.monotonic() - started)
    if warning := too_short([one["loss"] for one in metrics]):
        log.warning("warning: %s", warning)
    return kept, metrics


def _check(loss: object, training: Training) -> None:
    if not isinstance(loss, torch.Tensor) or loss.ndim or not loss.requires_grad:
        found = f"shape {tuple(loss.shape)}" if isinstance(loss, torch.Tensor) else type(loss).__name__
        wanted = "expected one number that depends on the network"
        raise SeedmaskError(f"{training.made_by}: gave a loss of {found}, {wanted}; mend it")
