"""Start the processes of one training by torch's own launcher, and say what became of them."""

import ctypes
import json
import os
import signal
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from seedmask.errors import SeedmaskError

LAUNCHER = "SEEDMASK_LAUNCHER"
"""Variable with the id of the process that started those of a training."""
PATIENCE = timedelta(hours=12)
"""How long a process waits for the others, while the first one measures; a lost one is seen at once."""


def run_processes(count: int, device: str, arguments: Sequence[str]) -> None:
    """Run a job in several processes of this machine until all of them have ended.

    Args:
        count: number of processes.
        device: `cuda`, where each gets one of the leased GPUs, or `cpu`.
        arguments: of `python -m seedmask.jobs`.

    Raises:
        SeedmaskError: one of them failed; the others were ended then.
    """
    os.environ[LAUNCHER] = str(os.getpid())
    os.environ["LOGLEVEL"] = "CRITICAL"  # the launcher's own account of failures; ours is below
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    with tempfile.TemporaryDirectory(prefix="seedmask-") as told:
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=count,
            run_id=uuid.uuid4().hex,
            rdzv_backend="c10d",
            rdzv_endpoint="localhost:0",
            local_addr="localhost",
            max_restarts=0,
            logs_specs=DefaultLogsSpecs(log_dir=told),
        )
        try:
            elastic_launch(config, sys.executable)("-P", "-m", "seedmask.jobs", *arguments, "--together", device)
        except ChildFailedError as error:
            raise SeedmaskError(became(error.failures, count)) from None
        except SignalException as error:
            sys.exit(128 + error.sigval)


@contextmanager
def joined(device: str) -> Iterator[None]:
    """Be one process of a training, on a GPU of its own."""
    end_with_launcher()
    number = int(os.environ["RANK"])
    if device == "cuda":
        os.environ["CUDA_VISIBLE_DEVICES"] = os.environ["CUDA_VISIBLE_DEVICES"].split(",")[number]
    if number:
        os.environ["TQDM_DISABLE"] = "1"
    os.environ["TORCH_CPP_LOG_LEVEL"] = "ERROR"  # no advice on unused parameters, which are looked for on purpose
    from torch import distributed

    distributed.init_process_group("nccl" if device == "cuda" else "gloo", timeout=PATIENCE)
    yield
    distributed.destroy_process_group()


def end_with_launcher() -> None:
    """Let the kernel end this process when the one that started it does.

    torch puts each process into a session of its own, so that killing a job's group would leave them behind, on GPUs
    whose leases are free.
    """
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != int(os.environ[LAUNCHER]):
        sys.exit("the process that started this one has ended")


def tell_launcher(error: SeedmaskError) -> None:
    """Leave an error where `run_processes` finds it, so that it is printed once."""
    message = {"message": {"message": str(error), "extraInfo": {"timestamp": int(time.time())}}}
    Path(os.environ["TORCHELASTIC_ERROR_FILE"]).write_text(json.dumps(message))


def became(failures: Mapping[int, Any], count: int) -> str:
    """Why a training of several processes ended: what one of them said, else the one that was killed.

    Args:
        failures: torch's account of the processes that failed, by their numbers.
        count: number of processes.
    """
    for failure in failures.values():
        if isinstance(failure.message, dict):
            return failure.message["message"]
    # The launcher ends the others by SIGTERM; some fail before it does, since they have lost the one that was killed.
    cause = {-signal.SIGTERM: 2}
    number = min(failures, key=lambda number: cause.get(code := failures[number].exitcode, int(code > 0)))
    failure = failures[number]
    how = f"was ended by {failure.signal_name()}" if failure.exitcode < 0 else "failed, as its lines above say"
    return (
        f"process {number + 1} of the {count} of this training {how}, and the others with it; finished epochs are "
        "kept: run again to go on from there"
    )
