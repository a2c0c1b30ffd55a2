"""Command line of all stages: `python -m seedmask.jobs <stage> --job JSON --log FILE`.

What happens is logged to standard output, for people, and reported as JSON lines beside that log (`seedmask.events`).
Threads and GPUs are chosen here, before the job's module imports NumPy or torch, which read them once. A training of
several processes is this command once more in each of them, started by torch's launcher.
"""

import argparse
import gc
import importlib
import logging
import os
import platform
import sys
import time
import traceback
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from seedmask.config.stages import TRAINED
from seedmask.errors import SeedmaskError
from seedmask.events import (
    LABELS,
    Ended,
    EventFile,
    EventHandler,
    Failed,
    Interrupted,
    LogFormatter,
    Started,
    path_beside,
    report,
)
from seedmask.job import Job, log
from seedmask.memory import brief, is_exhausted, kills, peak_bytes, remedy
from seedmask.runs.gpus import lease
from seedmask.storage.files import writing_below
from seedmask.storage.lock import only_writer
from seedmask.training.launch import process_group, report_to_launcher, run_processes


def main() -> None:
    """Run one job; an error meant for the user is printed without a traceback, and the exit status is 1."""
    parser = argparse.ArgumentParser(prog="python -m seedmask.jobs", description="Run one job of the workflow.")
    parser.add_argument("stage", help="what the job belongs to, for people who read the list of processes")
    parser.add_argument("--job", required=True, help="the job as JSON (see pipeline/seedmask/job.py); - reads it")
    parser.add_argument("--log", type=Path, help="file that the output goes to; events are written beside it")
    parser.add_argument("--together", choices=("cuda", "cpu"), help="set in each process of a training of several")
    arguments = parser.parse_args()
    text = sys.stdin.read() if arguments.job == "-" else arguments.job
    job = Job.model_validate_json(text)
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(job.settings.get("threads", 1))
    # Waiting threads that spin make a busy machine ten times slower; the numbers are the same.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if arguments.together:
        speaks = os.environ["RANK"] == "0"
        _start_logging(job, EventFile(_events(arguments.log) if speaks else None, replace=False))
        if not speaks:
            log.setLevel(logging.CRITICAL)
        _run_together(job, arguments.together)
    else:
        more = ["--log", str(arguments.log)] if arguments.log else []
        _run_alone(job, _events(arguments.log), [arguments.stage, "--job", text, *more])


def _events(log_file: Path | None) -> Path | None:
    return log_file and path_beside(log_file)


def _start_logging(job: Job, events: EventFile) -> None:
    """Send messages of the job and its libraries, warnings too, to the log and, as events, to the file beside it."""
    output = logging.StreamHandler(sys.stdout)
    output.setFormatter(LogFormatter(job.name))
    logging.basicConfig(level=logging.INFO, handlers=[output, EventHandler(events)])
    logging.captureWarnings(True)


def _run_alone(job: Job, path: Path | None, command: list[str]) -> None:
    """Run a job, or start the processes of a training of several.

    Args:
        job: the job.
        path: file of its events.
        command: arguments of each process of several.
    """
    events = EventFile(path)
    _start_logging(job, events)
    started = Started(process=os.getpid(), machine=platform.node(), time=time.time(), kills=kills())
    report(started, "process %d on %s", started.process, started.machine)
    count = job.settings.get("processes", 1)
    try:
        with (
            writing_below(job.results, "finished results"),
            _alone(job),
            lease(count) if job.gpu else nullcontext("cpu") as device,
        ):
            if count > 1:
                run_processes(count, device, command)
            else:
                _run(job, device)
    except SeedmaskError as error:
        message = f"{job.name}: {LABELS[logging.ERROR]}{error}"
        events.write(Failed(message=message))
        sys.exit(message)
    except (KeyboardInterrupt, SystemExit):
        events.write(Interrupted())
        raise
    except BaseException:
        events.write(Failed(message=traceback.format_exc()))
        raise
    report(Ended(peak=peak_bytes()), "finished")


def _run_together(job: Job, device: str) -> None:
    """Be one process of a training; the first one speaks for all, and errors are the launcher's to print."""
    try:
        with process_group(device):
            _run(job, device)
    except SeedmaskError as error:
        report_to_launcher(error)
        sys.stdout.flush()
        os._exit(1)  # at once: the others may wait for this one, and torch for them


def _run(job: Job, device: str) -> None:
    try:
        _imported(job.module).run(job.model_copy(update={"device": device}), device)
    except (MemoryError, RuntimeError, OSError) as error:
        if not is_exhausted(error):
            raise
        on_gpu = type(error).__name__ == "OutOfMemoryError"  # torch's, which a job may do without
        less = "show the network less at once: lower `batch_size`, `crop`, `scales` or `working_side` of the data set, "
        what = f"{less}or use a larger GPU" if on_gpu else remedy(job.stage)
        raise SeedmaskError(f"out of memory ({brief(error)}); {what}") from error


def _imported(name: str) -> Any:
    """A module, imported without looking for garbage: what libraries make meanwhile stays to the end of the job."""
    gc.disable()
    try:
        return importlib.import_module(name)
    finally:
        gc.freeze()
        gc.enable()


def _alone(job: Job) -> AbstractContextManager[None]:
    """Keep jobs that are neither a shard nor a training, and so take no lock themselves, from writing at once."""
    locks_itself = job.shard is not None or job.stage in TRAINED
    return nullcontext() if locks_itself else only_writer(job.folder / "lock", job.name)


if __name__ == "__main__":
    main()
