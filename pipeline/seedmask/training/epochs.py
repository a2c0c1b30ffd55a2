"""The steps of an epoch: batches as they are drawn, their losses, and what the optimiser makes of them."""

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
from seedmask.job import log
from seedmask.storage import processes
from seedmask.training.distributed import gathered, share
from seedmask.training.state import TrainingState

LOADER_WORKERS = 8
"""Processes that prepare pictures for a GPU; on the CPU the training's own threads do it."""

Batch = tuple[torch.Tensor, ...]
"""Pictures and what is to be learned of them, each with or without a batch axis."""
Item = TypeVar("Item")


@runtime_checkable
class Samples(Protocol):
    """Training pictures by number and seed of the view."""

    def __len__(self) -> int: ...

    def view(self, number: int, seed: int) -> Batch:
        """Tensors of one picture, without a batch axis."""


class Epochs:
    """The epochs of a training, each from a seed of its own.

    Args:
        loss: of a batch on `device`.
        samples: the training pictures.
        settings: optimiser, length, seed.
        length: of the training.
        device: `cpu` or `cuda`.
        made_by: what gives the loss, for messages.
    """

    def __init__(
        self,
        loss: Callable[[Batch], torch.Tensor],
        samples: Samples,
        settings: Optimiser,
        length: Length,
        device: str,
        made_by: str,
    ):
        self._loss, self._samples, self._settings, self._length = loss, samples, settings, length
        self._device, self._made_by = device, made_by
        self.is_half = settings.amp and device == "cuda" and _has_bfloat16()

    def run(self, epoch: int, course: TrainingState) -> float:
        """Train for one epoch; the mean loss.

        Raises:
            SeedmaskError: the loss is not finite, or is no number that can be learned from; pictures are too few for a
                batch norm.
        """
        settings, length, optimiser = self._settings, self._length, course.optimiser
        trained = [parameter for group in optimiser.param_groups for parameter in group["params"]]
        total = torch.zeros((), device=self._device)
        left = min(length.steps_an_epoch, length.steps - (epoch - 1) * length.steps_an_epoch)
        for together in islice(batched(self._batches(epoch), settings.accumulate), left):
            optimiser.zero_grad(set_to_none=True)
            for batch in together:
                for part in zip(*(tensor.chunk(course.parts) for tensor in batch), strict=True):
                    with _enough_to_normalise(part), torch.autocast(self._device, torch.bfloat16, enabled=self.is_half):
                        value = self._loss(part)
                    self._check(value)
                    value = value / (len(together) * len(batch[0]) / len(part[0]))
                    value.backward()
                    total += value.detach()
            if settings.clip_norm:
                nn.utils.clip_grad_norm_(trained, settings.clip_norm)
            optimiser.step()
            course.decay.step()
        mean = total.item() / left
        if not torch.isfinite(total):
            raise SeedmaskError(f"the loss of epoch {epoch} is {mean}; lower `lr` or raise `batch_size`")
        return mean

    def _batches(self, epoch: int) -> Iterator[Batch]:
        """Whole batches on the device; each process has loaded its own part of them."""
        settings, size, count = self._settings, self._length.batch, len(self._samples)
        draws = torch.Generator().manual_seed(settings.seed * 1_000_003 + epoch)
        seeds = torch.randint(2**62, (count,), generator=draws).tolist()
        # Dropout, in each process of the pictures that it has.
        torch.manual_seed(int(torch.randint(2**62, (), generator=draws)) + processes.number())
        order = torch.randperm(count, generator=draws).tolist()
        chosen = [list(numbers) for numbers in batched(order, size)]
        if not settings.incomplete_batch:
            chosen = [numbers for numbers in chosen if len(numbers) == size]
        on_gpu = self._device == "cuda"
        loader = DataLoader(
            _Epoch(self._samples, seeds),
            batch_sampler=[numbers[share(len(numbers))] for numbers in chosen],
            num_workers=min(LOADER_WORKERS, -(-self._length.seen // size)) if on_gpu else 0,
        )
        for numbers, part in zip(chosen, loader, strict=True):
            yield tuple(gathered(tensor.to(self._device), len(numbers)) for tensor in part)

    def _check(self, loss: object) -> None:
        if not isinstance(loss, torch.Tensor) or loss.ndim or not loss.requires_grad:
            found = f"shape {tuple(loss.shape)}" if isinstance(loss, torch.Tensor) else type(loss).__name__
            wanted = "expected one number that depends on the network"
            raise SeedmaskError(f"{self._made_by}: gave a loss of {found}, {wanted}; mend it")


@contextmanager
def _enough_to_normalise(pictures: Batch) -> Iterator[None]:
    """Say what to do where a batch norm has one value of each channel, as after pooling a single picture."""
    try:
        yield
    except ValueError as error:
        if "more than 1 value per channel" not in str(error):
            raise
        count = len(pictures[0])
        raise SeedmaskError(
            f"a batch norm of this network has a single value of each channel, from {count} picture{'s' * (count > 1)} "
            "at once; raise `batch_size`, so that there are two at least (four, where batches are halved), or set "
            "`incomplete_batch: false` or `frozen_batch_norm: true`"
        ) from error


def batched(items: Iterable[Item], count: int) -> Iterator[tuple[Item, ...]]:
    """Some items at a time; the last ones may be fewer."""
    items = iter(items)
    while together := tuple(islice(items, count)):
        yield together


class _Epoch(Dataset):
    """The samples as they are seen in one epoch: each from a seed of its own."""

    def __init__(self, samples: Samples, seeds: Sequence[int]):
        self._samples, self._seeds = samples, seeds

    def __len__(self) -> int:
        return len(self._samples)

    def __getitem__(self, number: int) -> Batch:
        return self._samples.view(number, self._seeds[number])


def _has_bfloat16() -> bool:
    """Whether this GPU computes in bfloat16 by itself; said where it does not."""
    if torch.cuda.is_bf16_supported(including_emulation=False):
        log.info("the network computes in bfloat16, the loss in single precision")
        return True
    log.info("note: this GPU has no bfloat16: computing in single precision")
    return False
