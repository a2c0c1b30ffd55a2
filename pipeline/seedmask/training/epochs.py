"""The steps of an epoch: batches, losses, gradients and updates of the weights."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Protocol, TypeVar, runtime_checkable

import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset

from seedmask.config.length import Length
from seedmask.config.networks import Optimiser
from seedmask.errors import SeedmaskError
from seedmask.events import note
from seedmask.job import log
from seedmask.storage import processes
from seedmask.training.distributed import gather_rows, own_rows
from seedmask.training.state import TrainingState

LOADER_WORKERS = 8
"""Processes that load images for a GPU; on the CPU the training loads them itself."""

Batch = tuple[torch.Tensor, ...]
"""Images and their labels, each with or without a batch axis."""
Item = TypeVar("Item")


@runtime_checkable
class Samples(Protocol):
    """Training images by number and seed of the view."""

    def __len__(self) -> int: ...

    def view(self, number: int, seed: int) -> Batch:
        """Tensors of one image, without a batch axis."""
        ...


class EpochRunner:
    """Runs the epochs of a training, each with its own seed.

    Args:
        loss: of a batch on `device`.
        samples: the training images.
        settings: optimiser, length, seed.
        length: of the training.
        device: `cpu` or `cuda`.
        component: name of what computes the loss, for messages.
    """

    def __init__(
        self,
        loss: Callable[[Batch], torch.Tensor],
        samples: Samples,
        settings: Optimiser,
        length: Length,
        device: str,
        component: str,
    ):
        self._loss, self._samples, self._settings, self._length = loss, samples, settings, length
        self._device, self._component = device, component
        self.is_half = settings.amp and device == "cuda" and _has_bfloat16()

    def run(self, epoch: int, state: TrainingState) -> float:
        """Train for one epoch; the mean loss.

        Raises:
            SeedmaskError: the loss is not finite, or not a scalar with a gradient; a batch norm gets too few images.
        """
        settings, length, optimiser = self._settings, self._length, state.optimiser
        trained = [parameter for group in optimiser.param_groups for parameter in group["params"]]
        total = torch.zeros((), device=self._device)
        steps = min(length.steps_an_epoch, length.steps - (epoch - 1) * length.steps_an_epoch)
        for batches in islice(batched(self._batches(epoch), settings.accumulate), steps):
            optimiser.zero_grad(set_to_none=True)
            for batch in batches:
                for part in zip(*(tensor.chunk(state.parts) for tensor in batch), strict=True):
                    with _enough_to_normalise(part), torch.autocast(self._device, torch.bfloat16, enabled=self.is_half):
                        value = self._loss(part)
                    self._check(value)
                    value = value / (len(batches) * len(batch[0]) / len(part[0]))
                    value.backward()
                    total += value.detach()
            if settings.clip_norm:
                nn.utils.clip_grad_norm_(trained, settings.clip_norm)
            optimiser.step()
            state.decay.step()
        mean = total.item() / steps
        if not torch.isfinite(total):
            raise SeedmaskError(f"the loss of epoch {epoch} is {mean}; lower `lr` or raise `batch_size`")
        return mean

    def _batches(self, epoch: int) -> Iterator[Batch]:
        """Whole batches on the device; each process loads its own part of them."""
        settings, size, count = self._settings, self._length.batch, len(self._samples)
        draws = torch.Generator().manual_seed(settings.seed * 1_000_003 + epoch)
        seeds = torch.randint(2**62, (count,), generator=draws).tolist()
        # Dropout draws differ between processes, because each process has other images.
        torch.manual_seed(int(torch.randint(2**62, (), generator=draws)) + processes.number())
        order = torch.randperm(count, generator=draws).tolist()
        chosen = [list(numbers) for numbers in batched(order, size)]
        if not settings.incomplete_batch:
            chosen = [numbers for numbers in chosen if len(numbers) == size]
        on_gpu = self._device == "cuda"
        loader = DataLoader(
            _Epoch(self._samples, seeds),
            batch_sampler=[numbers[own_rows(len(numbers))] for numbers in chosen],
            num_workers=min(LOADER_WORKERS, -(-self._length.seen // size)) if on_gpu else 0,
            pin_memory=on_gpu,  # so that copies need not be waited for
        )
        for numbers, part in zip(chosen, loader, strict=True):
            yield tuple(gather_rows(tensor.to(self._device, non_blocking=on_gpu), len(numbers)) for tensor in part)

    def _check(self, loss: object) -> None:
        if not isinstance(loss, torch.Tensor) or loss.ndim or not loss.requires_grad:
            kind = f"shape {tuple(loss.shape)}" if isinstance(loss, torch.Tensor) else type(loss).__name__
            expected = "expected one number that depends on the network"
            raise SeedmaskError(f"{self._component}: gave a loss of {kind}, {expected}; mend it")


@contextmanager
def _enough_to_normalise(batch: Batch) -> Iterator[None]:
    """Explain the error of a batch norm that gets one value of each channel, as after pooling a single image."""
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        count = len(batch[0])
        raise SeedmaskError(
            f"a batch norm of this network has a single value of each channel, from {count} picture{'s' * (count > 1)} "
            "at once; raise `batch_size`, so that there are two at least (four, where batches are halved), or set "
            "`incomplete_batch: false` or `frozen_batch_norm: true`"
        ) from error


def batched(items: Iterable[Item], count: int) -> Iterator[tuple[Item, ...]]:
    """Groups of `count` items; the last group may be smaller."""
    remaining = iter(items)
    while group := tuple(islice(remaining, count)):
        yield group


class _Epoch(Dataset):
    """The samples of one epoch, each with its own seed."""

    def __init__(self, samples: Samples, seeds: Sequence[int]):
        self._samples, self._seeds = samples, seeds

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, number: int) -> Batch:
        return self._samples.view(number, self._seeds[number])


def _has_bfloat16() -> bool:
    """Whether this GPU computes in bfloat16 natively; the log says which."""
    if torch.cuda.is_bf16_supported(including_emulation=False):
        log.info("the network computes in bfloat16, the loss in single precision")
        return True
    note("this GPU has no bfloat16: computing in single precision")
    return False
