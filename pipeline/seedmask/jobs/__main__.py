"""Command line of all stages: `python -m seedmask.jobs <stage> --job JSON`.

Threads and GPUs are chosen here, before the job's module imports NumPy or torch, which read them once. A training of
several processes is this command once more in each of them, started by torch's launcher.
"""

import argparse
import importlib
import logging
import os
import platform
import sys
from contextlib import AbstractContextManager, nullcontext

from seedmask.config.stages import TRAINED
from seedmask.errors import SeedmaskError
from seedmask.job import Job, log
from seedmask.runs.gpus import lease
from seedmask.runs.progress.job_log import ENDED, ERROR, STARTED
from seedmask.storage.files import writing_below
from seedmask.storage.lock import only_writer
from seedmask.training.launch import process_group, report_to_launcher, run_processes


def main() -> None:
    """Run one job; an error meant for the user is printed without a traceback, and the exit status is 1."""
    parser = argparse.ArgumentParser(prog="python -m seedmask.jobs", description="Run one job of the workflow.")
    parser.add_argument("stage", help="what the job belongs to, for people who read the list of processes")
    parser.add_argument("--job", required=True, help="the job as JSON (see pipeline/seedmask/job.py)")
    parser.add_argument("--together", choices=("cuda", "cpu"), help="set in each process of a training of several")
    arguments = parser.parse_args()
    job = Job.model_validate_json(arguments.job)
    logging.basicConfig(level=logging.INFO, format=f"{job.name}: %(message)s", stream=sys.stdout)
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(job.settings.get("threads", 1))
    # Waiting threads that spin make a busy machine ten times slower; the numbers are the same.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if arguments.together:
        _run_together(job, arguments.together)
        return
    count = job.settings.get("processes", 1)
    log.info(STARTED, os.getpid(), platform.node())
    try:
        with (
            writing_below(job.results, "finished results"),
            _alone(job),
            lease(count) if job.gpu else nullcontext("cpu") as device,
        ):
            if count > 1:
                run_processes(count, device, [arguments.stage, "--job", arguments.job])
            else:
                _run(job, device)
    except SeedmaskError as error:
        sys.exit(f"{job.name}: {ERROR}{error}")
    log.info(ENDED)


def _run_together(job: Job, device: str) -> None:
    """Be one process of a training; the first one speaks for all, and errors are the launcher's to print."""
    if os.environ["RANK"] != "0":
        log.setLevel(logging.CRITICAL)
    try:
        with process_group(device):
            _run(job, device)
    except SeedmaskError as error:
        report_to_launcher(error)
        sys.stdout.flush()
        os._exit(1)  # at once: the others may wait for this one, and torch for them


def _run(job: Job, device: str) -> None:
    try:
        importlib.import_module(job.module).run(job.model_copy(update={"device": device}), device)
    except RuntimeError as error:
        if type(error).__name__ != "OutOfMemoryError":  # torch's, which a job may do without
            raise
        from seedmask.inference.out_of_memory import short_message

        raise SeedmaskError(
            f"out of memory ({short_message(error)}); show the network less at once: lower `batch_size`, `crop`, "
            "`scales` or `max_side` of the data set, or use a larger GPU"
        ) from error


def _alone(job: Job) -> AbstractContextManager[None]:
    """Keep jobs that are neither a shard nor a training, and so take no lock themselves, from writing at once."""
    locks_itself = job.shard is not None or job.stage in TRAINED
    return nullcontext() if locks_itself else only_writer(job.folder / "lock", job.name)


if __name__ == "__main__":
    main()
