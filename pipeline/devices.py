"""Which device a job computes on. GPUs are handed out by a kernel file lock each, before torch is imported."""

import fcntl
import importlib.util
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

from pipeline.job import log

NO_DEVICE = ("", "-1", "NoDevFiles")
"""What stands in `CUDA_VISIBLE_DEVICES` where no GPU may be used."""


def gpus() -> tuple[str, ...]:
    """Ids of the GPUs this process may use: the user's own choice, else all that the kernel shows."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is None:
        found = tuple(sorted(path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*")))
    else:
        # CUDA ignores all from the first invalid id on; -1 is how people switch GPUs off.
        found = tuple(takewhile(lambda device: device not in NO_DEVICE, map(str.strip, chosen.split(","))))
    if found and not _torch_knows_gpus():
        log.warning(
            "warning: torch is installed without GPU support, so no GPU is used; `make setup TORCH=cuda` changes that"
        )
        return ()
    return found


def _torch_knows_gpus() -> bool:
    """Whether torch was built with CUDA, found out without importing it."""
    spec = importlib.util.find_spec("torch")
    return spec is not None and any(Path(spec.origin).parent.glob("lib/*torch_cuda*"))


@contextmanager
def lease(devices: tuple[str, ...] | None = None, locks: Path | None = None) -> Iterator[str]:
    """Hold one GPU, or none where there is none.

    On a cluster the scheduler's choice stands. The kernel gives a GPU back on any death of its holder; forked
    children keep it, so end loader workers inside the block.

    Args:
        devices: ids to choose from; those of the machine when not given.
        locks: folder of the lock files, on a local disk; one per user when not given.

    Yields:
        `cuda` or `cpu`, for torch; `CUDA_VISIBLE_DEVICES` is set. torch must not have been imported before.
    """
    devices = gpus() if devices is None else devices
    if not devices:
        log.info("note: no GPU here: computing on the CPU")
        yield "cpu"
        return
    if "SLURM_JOB_ID" in os.environ and os.environ.get("CUDA_VISIBLE_DEVICES"):
        yield "cuda"
        return
    folder = locks or Path(tempfile.gettempdir()) / f"seedmask-gpus-{os.getuid()}"
    folder.mkdir(parents=True, exist_ok=True)
    while True:
        for device in devices:
            with (folder / f"gpu{device.replace('/', '_')}.lock").open("a") as stream:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                os.environ["CUDA_VISIBLE_DEVICES"] = device
                log.info("computing on GPU %s", device)
                yield "cuda"
                return
        time.sleep(0.1)
