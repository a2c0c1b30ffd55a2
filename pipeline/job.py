"""One job as Snakemake hands it to a stage: everything it depends on besides its input files."""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from pipeline.errors import SeedmaskError
from pipeline.fingerprint import digest

log = logging.getLogger("seedmask")


class Job(BaseModel):
    """What one job is to make. It is written into the rule's `params`, so a change of any part runs the job again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: str
    """Stage, as in the folder below the data set's results."""
    variant: str
    """The user's name of the variant."""
    shard: str | None = None
    """Four digits; none for a job that is not cut into shards."""
    results: Path
    """Folder of all results of the data set."""
    settings: dict[str, Any]
    """The variant's own settings."""
    basis: dict[str, str]
    """Hash of the code and versions of the libraries (`fingerprint.code_of`)."""
    shard_size: int = 0
    """Images in one shard."""
    upstream: dict[str, str] = {}
    """Variants it reads, each with the recipe it must have been made by."""

    @property
    def recipe(self) -> str:
        """SHA-256 of what this job does, whatever its inputs."""
        return digest([self.stage, self.settings, self.basis])

    @property
    def folder(self) -> Path:
        """Where everything of the variant lies."""
        return self.results / self.stage / self.variant

    @property
    def name(self) -> str:
        """`seeds/cam shard 0003`, for messages."""
        return f"{self.stage}/{self.variant}" + (f" shard {self.shard}" if self.shard else "")


def manifest_path(results: Path, stage: str, variant: str, shard: str | None) -> Path:
    """The declared output of a job."""
    folder = results / stage / variant
    return folder / "manifests" / f"{shard}.json" if shard else folder / "manifest.json"


def run(stage: Callable[[Job], None]) -> None:
    """Command line of a stage: `python -m pipeline.stages.<stage> --job JSON`.

    Errors meant for the user are printed without a traceback, and the exit status is 1.
    """
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--job", required=True, help="the job as JSON (see pipeline/job.py)")
    job = Job.model_validate_json(parser.parse_args().job)
    logging.basicConfig(level=logging.INFO, format=f"{job.name}: %(message)s", stream=sys.stdout)
    set_threads(job.settings)
    try:
        stage(job)
    except SeedmaskError as error:
        sys.exit(f"{job.name}: {error}")


def set_threads(settings: Mapping[str, Any]) -> None:
    """Fix the number of threads before a numerical library starts them: sums depend on it."""
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = str(settings.get("threads", 1))
