"""Out of GPU memory: compute fewer images at once and log it, or raise an error that says what to do."""

from collections.abc import Callable
from typing import Any, TypeVar

import torch

from seedmask.config.networks import Optimiser
from seedmask.errors import SeedmaskError
from seedmask.job import log

Output = TypeVar("Output")


def run_within_memory(function: Callable[[torch.Tensor], Output], views: torch.Tensor) -> Output:
    """Outputs of a network for some views: for all at once, or for each half if all do not fit in memory.

    A network in evaluation mode treats each view independently, so both ways agree up to rounding.

    Args:
        function: of views (N, 3, H, W), to a tensor (N, ...) or a tuple of such tensors and of what all views share.
        views: RGB in 0..1.

    Raises:
        SeedmaskError: not even the halves fit.
    """
    try:
        return function(views)
    except torch.OutOfMemoryError:
        pass  # the error keeps the memory until it is gone
    empty_cache()
    if len(views) > 1:
        try:
            halves = [function(half) for half in views.chunk(2)]
        except torch.OutOfMemoryError:
            empty_cache()
        else:
            _warn_once(len(views))
            return _concatenate(halves)
    count, (height, width) = -(-len(views) // 2), views.shape[-2:]
    raise SeedmaskError(
        f"out of memory with {count} view{'s' * (count > 1)} of {width} x {height} pixels at once; "
        "lower `scales`, `size` or `window` of this variant, or `working_side` of the data set, or use a larger GPU"
    )


def check_halving(error: str, parts: int, settings: Optimiser) -> None:
    """Warn that batches are halved from now on.

    Args:
        error: torch's message, see `memory.brief`.
        parts: number of parts that batches are cut into now.
        settings: of the training.

    Raises:
        SeedmaskError: batches are halved already, cannot be halved, or are divided among several processes.
    """
    if parts > 1 or settings.batch_size == 1 or settings.processes > 1:
        with_what = "with half a batch" if parts > 1 else f"with `processes: {settings.processes}`"
        raise SeedmaskError(
            f"out of memory {with_what} of `batch_size: {settings.batch_size}` ({error}); lower `batch_size`, with "
            "`accumulate` as many times higher for the same step, or `crop` in `augmentation`, or use a larger GPU"
        )
    log.warning(
        "out of memory with `batch_size: %d` (%s): each batch is computed in two halves whose gradients are "
        "added, from the last checkpoint on. Steps stay as large, but batch norms and means over a batch are those of "
        "halves, so numbers change; lower `batch_size` and raise `accumulate` to choose that yourself",
        settings.batch_size,
        error,
    )


def empty_cache() -> None:
    """Free unused GPU memory, so that blocks of another size fit."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


_warned: list[int] = []


def _warn_once(count: int) -> None:
    if not _warned:
        _warned.append(count)
        log.warning("out of memory with %d views at once: halves of them, one after the other", count)


def _concatenate(halves: list[Any]) -> Any:
    if isinstance(halves[0], torch.Tensor):
        return torch.cat(halves)
    pairs = list(zip(*halves, strict=True))
    parts = [torch.cat(each) if isinstance(each[0], torch.Tensor) else each[0] for each in pairs]
    return type(halves[0])(*parts) if hasattr(halves[0], "_fields") else tuple(parts)
