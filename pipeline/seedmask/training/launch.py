"""Start the processes of one training with torch's launcher, and report why one failed."""

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
"""Environment variable with the id of the process that started those of a training."""
TIMEOUT = timedelta(hours=12)
"""How long a process waits for the others, such as for the first one to compute metrics; a killed one is noticed at
once."""


def run_processes(count: int, device: str, arguments: Sequence[str]) -> None:
    """Run a job in several processes of this machine until all of them have ended.

    Args:
        count: number of processes.
        device: `cuda`, where each gets one of the leased GPUs, or `cpu`.
        arguments: of `python -m seedmask.jobs`.

    Raises:
        SeedmaskError: one of them failed; the others have been stopped.
    """
    os.environ[LAUNCHER] = str(os.getpid())
    os.environ["LOGLEVEL"] = "CRITICAL"  # hides the launcher's report of failures; ours replaces it
    from torch.distributed.elastic.multiprocessing import DefaultLogsSpecs, SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    with tempfile.TemporaryDirectory(prefix="seedmask-") as logs:
        config = LaunchConfig(
            min_nodes=1,
            max_nodes=1,
            nproc_per_node=count,
            run_id=uuid.uuid4().hex,
            rdzv_backend="c10d",
            rdzv_endpoint="localhost:0",
            local_addr="localhost",
            max_restarts=0,
            logs_specs=DefaultLogsSpecs(log_dir=logs),
        )
        try:
            elastic_launch(config, sys.executable)("-P", "-m", "seedmask.jobs", *arguments, "--together", device)
        except ChildFailedError as error:
            raise SeedmaskError(failure_message(error.failures, count)) from None
        except SignalException as error:
            sys.exit(128 + error.sigval)


@contextmanager
def process_group(device: str) -> Iterator[None]:
    """Join the other processes of a training; each process has its own GPU."""
    end_with_launcher()
    number = int(os.environ["RANK"])
    if device == "cuda":
        os.environ["CUDA_VISIBLE_DEVICES"] = os.environ["CUDA_VISIBLE_DEVICES"].split(",")[number]
    if number:
        os.environ["TQDM_DISABLE"] = "1"
    os.environ["TORCH_CPP_LOG_LEVEL"] = "ERROR"  # hides advice on the search for unused parameters, which is on purpose
    from torch import distributed

    distributed.init_process_group("nccl" if device == "cuda" else "gloo", timeout=TIMEOUT)
    yield
    distributed.destroy_process_group()


def end_with_launcher() -> None:
    """Let the kernel end this process when the process that started it ends.

    torch puts each process into its own session. If someone kills the job's group, the processes would go on, on GPUs
    whose leases are free.
    """
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != int(os.environ[LAUNCHER]):
        sys.exit("the process that started this one has ended")


def report_to_launcher(error: SeedmaskError) -> None:
    """Write an error where `run_processes` reads it, so that it is printed once."""
    message = {"message": {"message": str(error), "extraInfo": {"timestamp": int(time.time())}}}
    Path(os.environ["TORCHELASTIC_ERROR_FILE"]).write_text(json.dumps(message))


def failure_message(failures: Mapping[int, Any], count: int) -> str:
    """Why a training with several processes failed: the error of one of them, or which one was killed.

    Args:
        failures: torch's reports on the failed processes, by number.
        count: number of processes.
    """
    for failure in failures.values():
        if isinstance(failure.message, dict):
            return failure.message["message"]
    # The launcher ends the others with SIGTERM; some fail earlier, because they lost their connection to the first.
    priority = {-signal.SIGTERM: 2}
    number = min(failures, key=lambda number: priority.get(code := failures[number].exitcode, int(code > 0)))
    failure = failures[number]
    how = f"was ended by {failure.signal_name()}" if failure.exitcode < 0 else "failed, as its lines above say"
    return (
        f"process {number + 1} of the {count} of this training {how}, and the others with it; finished epochs are "
        "kept: run again to go on from there"
    )
