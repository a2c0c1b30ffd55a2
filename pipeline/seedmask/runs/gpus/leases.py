"""GPUs are handed out by a kernel file lock each, before torch is imported."""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from seedmask.errors import SeedmaskError
from seedmask.events import note
from seedmask.job import log
from seedmask.runs.gpus.cards import gpus, name_of, refusal
from seedmask.runs.gpus.locks import LOCKS, opened, take

SCHEDULERS = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID")
"""Variables that a scheduler sets in the processes of its jobs."""


@contextmanager
def lease(count: int = 1, devices: Callable[[], tuple[str, ...]] = gpus, locks: Path = LOCKS) -> Iterator[str]:
    """Hold some GPUs, or none where there is none.

    All of them are taken at once or none, so that two jobs never wait for each other's. On a cluster the scheduler's
    choice stands; of a larger one the jobs of one allocation take each their own. The kernel gives a GPU back on any
    death of its holder; forked children keep it, so end loader workers inside the block.

    Args:
        count: number of GPUs.
        devices: ids of the GPUs; called again while waiting, since a card can be lost.
        locks: folder of the lock files, on a local disk, of all users.

    Yields:
        `cuda` or `cpu`, for torch; `CUDA_VISIBLE_DEVICES` is set. torch must not have been imported before.

    Raises:
        SeedmaskError: there are GPUs, but not as many; those that there were are lost; the locks cannot be used.
    """
    there = devices()
    if not there:
        note("no GPU here: computing on the CPU")
        yield "cpu"
        return
    allocation = _allocation()
    if allocation and len(there) == count:
        yield "cuda"
        return
    if "CUDA_VISIBLE_DEVICES" not in os.environ:
        os.environ.setdefault("CUDA_DEVICE_ORDER", "PCI_BUS_ID")  # the same number is the same card for all
    with ExitStack() as held:
        taken = _taken(count, there, devices, locks, allocation, held)
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(taken)
        log.info("computing on GPU %s", ", ".join(taken))
        yield "cuda"


def _allocation() -> str:
    """Prefix for names of cards that a scheduler chose: in each of its jobs they may count from 0."""
    if not os.environ.get("CUDA_VISIBLE_DEVICES"):
        return ""
    return next((f"{name}-{os.environ[name]}-" for name in SCHEDULERS if name in os.environ), "")


def _taken(
    count: int,
    there: tuple[str, ...],
    devices: Callable[[], tuple[str, ...]],
    locks: Path,
    allocation: str,
    held: ExitStack,
) -> list[str]:
    """Ids of cards whose locks are held until the stack is closed."""
    refused: dict[str, str] = {}
    folder = held.enter_context(opened(locks))
    said = False
    while True:
        usable = [device for device in there if device not in refused]
        if len(usable) < count:
            raise _too_few(count, there, refused)
        with ExitStack() as attempt:
            taken: list[str] = []
            for device in usable:
                handle = take(folder, allocation + name_of(device), locks)
                if handle is None:
                    continue
                if reason := refusal(device):
                    os.close(handle)
                    refused[device] = reason
                    log.warning("the driver refuses GPU %s (%s): left out", device, reason)
                    continue
                attempt.callback(os.close, handle)
                taken.append(device)
                if len(taken) == count:
                    held.push(attempt.pop_all())
                    return taken
        if not said:
            said = True
            log.info("waiting for a GPU: other jobs hold too many of %s", ", ".join(usable))
        time.sleep(random.uniform(0.05, 0.15))
        now = devices()
        if lost := [device for device in there if device not in now]:
            log.warning("GPU %s is lost: left out", ", ".join(lost))
        there = now


def _too_few(count: int, there: tuple[str, ...], refused: dict[str, str]) -> SeedmaskError:
    wanted = f"`processes` asks for {count} GPUs" if count > 1 else "a GPU is needed"
    visible = f"{len(there)} can be seen" if there else "none can be seen any more"
    reasons = "".join(f"; the driver refuses GPU {device}: {reason}" for device, reason in refused.items())
    remedy = "lower `processes`, or " * (count > 1) + "look with `nvidia-smi` who holds them, or "
    return SeedmaskError(
        f"{wanted}, {visible}{reasons}; {remedy}compute on the CPU with CUDA_VISIBLE_DEVICES= before the command"
    )
