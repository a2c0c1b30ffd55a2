"""Number and count of the processes of one training; a single process is number 0 of 1."""

import torch
from torch import distributed


def count() -> int:
    """Processes that train together."""
    return distributed.get_world_size() if _together() else 1


def number() -> int:
    """Number of this process, from 0."""
    return distributed.get_rank() if _together() else 0


def is_first() -> bool:
    """Whether this is the process that holds the lock, writes and measures; the others only compute."""
    return number() == 0


def broadcast_bool(value: bool) -> bool:
    """Value of the first process, for all processes, which wait for it here."""
    if not _together():
        return value
    on_gpu = distributed.get_backend() == "nccl"
    sent = torch.tensor([int(value)], device="cuda" if on_gpu else "cpu")
    distributed.broadcast(sent, src=0)
    return bool(sent.item())


def _together() -> bool:
    return distributed.is_available() and distributed.is_initialized()
