"""What is done where a GPU's memory does not suffice: less at once, said so; and else an error that says what to do."""

from collections.abc import Callable
from typing import Any

import torch

from seedmask.config.networks import Optimiser
from seedmask.errors import SeedmaskError
from seedmask.job import log


def asked(question: Callable[[torch.Tensor], Any], views: torch.Tensor) -> Any:
    """What a network says of some views: of all at once, else of each half.

    A network in evaluation mode looks at each view by itself, so the answers are the same up to rounding.

    Args:
        question: of views (N, 3, H, W); its answer is a tensor (N, ...), or a tuple of such and of None.
        views: RGB in 0..1.

    Raises:
        SeedmaskError: not even the halves fit.
    """
    try:
        return question(views)
    except torch.OutOfMemoryError:
        pass  # what the error holds on to is free only once it is forgotten
    free()
    if len(views) > 1:
        try:
            halves = [question(half) for half in views.chunk(2)]
        except torch.OutOfMemoryError:
            free()
        else:
            _say_once(len(views))
            return _joined(halves)
    count, (height, width) = -(-len(views) // 2), views.shape[-2:]
    raise SeedmaskError(
        f"out of memory with {count} view{'s' * (count > 1)} of {width} x {height} pixels at once; "
        "lower `scales`, `size` or `window` of this variant, or `max_side` of the data set, or use a larger GPU"
    )


def brief(error: BaseException) -> str:
    """The first two sentences of what torch says: that there is no memory, and how much was asked for."""
    return ". ".join(str(error).split(". ")[:2]).partition("\n")[0].rstrip(".") or "torch says no more"


def check_halving(error: str, parts: int, settings: Optimiser) -> None:
    """Say that batches are halved from now on.

    Args:
        error: what torch says, see `brief`.
        parts: parts that batches are cut into now.
        settings: of the training.

    Raises:
        SeedmaskError: they are halved already, cannot be, or are shared by several processes.
    """
    if parts > 1 or settings.batch_size == 1 or settings.processes > 1:
        with_what = "with half a batch" if parts > 1 else f"with `processes: {settings.processes}`"
        raise SeedmaskError(
            f"out of memory {with_what} of `batch_size: {settings.batch_size}` ({error}); lower `batch_size`, with "
            "`accumulate` as many times higher for the same step, or `crop` in `augmentation`, or use a larger GPU"
        )
    log.warning(
        "warning: out of memory with `batch_size: %d` (%s): each batch is computed in two halves whose gradients are "
        "added, from the last checkpoint on. Steps stay as large, but batch norms and means over a batch are those of "
        "halves, so numbers change; lower `batch_size` and raise `accumulate` to choose that yourself",
        settings.batch_size,
        error,
    )


def free() -> None:
    """Give unused memory back to the GPU, so that pieces of another size fit."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


_said: list[int] = []


def _say_once(count: int) -> None:
    if not _said:
        _said.append(count)
        log.warning("warning: out of memory with %d views at once: halves of them, one after the other", count)


def _joined(halves: list[Any]) -> Any:
    if isinstance(halves[0], torch.Tensor):
        return torch.cat(halves)
    parts = [None if each[0] is None else torch.cat(each) for each in zip(*halves, strict=True)]
    return type(halves[0])(*parts) if hasattr(halves[0], "_fields") else tuple(parts)
