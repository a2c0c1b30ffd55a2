"""One job as Snakemake hands it to a stage: everything it depends on besides its input files."""

import logging
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from seedmask.fingerprint import digest

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
    module: str = ""
    """Module whose `run(job, device)` makes it."""
    made_by: str = ""
    """What makes it, for messages: `method crf`, `arch FPN, loss focal of package more-losses 0.1`."""
    settings: dict[str, Any]
    """The variant's own settings."""
    modules: tuple[str, ...] = ()
    """Modules whose code decides what it makes."""
    basis: dict[str, str]
    """Hash of the code and versions of the libraries (`fingerprint.code_of`)."""
    splits: tuple[str, ...] = ()
    """Splits that the variant covers, where it is cut into shards."""
    pixel_labels: tuple[str, ...] = ()
    """How truth goes into it and into what it is made from."""
    made_elsewhere: tuple[str, ...] = ()
    """What another program made of it and of what it is made from, and the family of that program."""
    provenance: str = ""
    """What went into it that was made elsewhere."""
    shard_size: int = 0
    """Images in one shard."""
    gpu: bool = False
    """Whether it computes with a network, so that a GPU is of use."""
    device: str = "cpu"
    """What it computes on; known when it runs."""
    upstream: dict[str, str] = {}
    """Variants it reads, each with the recipe it must have been made by."""

    @property
    def recipe(self) -> str:
        """SHA-256 of what this job does, whatever its inputs."""
        return digest([self.stage, self.settings, self.basis, self.pixel_labels, self.made_elsewhere])

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
