"""Manifests: small files that say a result is complete, and what it was made from.

It holds no times, hosts or durations: equal results give equal bytes, so nothing downstream runs again.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.job import manifest_path
from seedmask.storage.files import write_atomic
from seedmask.storage.records import read_record, write_record


class ImageEntry(BaseModel):
    """One image of a shard."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    row: int
    """Row of the image in the index."""
    id: str
    """The image."""
    height: int
    """Rows of pixels."""
    width: int
    """Columns of pixels."""
    slots: int
    """Entries along the slot axis."""
    digest: str
    """SHA-256 over the image's arrays."""


class Manifest(BaseModel):
    """What one job made."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    stage: str
    """Stage of the job."""
    variant: str
    """Variant of the job."""
    shard: str | None = None
    """Shard number; none for a training."""
    recipe: str
    """SHA-256 of the settings, code and library versions."""
    fingerprint: str
    """SHA-256 of the recipe, the layout and the digests of the inputs."""
    settings: dict[str, Any]
    """The variant's settings, for people."""
    basis: dict[str, str] = {}
    """Hash of the code, versions of the libraries that decide numbers, and stamps of the user's files."""
    inputs: dict[str, str] = {}
    """Digest of each thing that it was made from: pictures with their tags, other variants."""
    device: str = "cpu"
    """What it was computed on."""
    layout: dict[str, Any] = {}
    """Shape and types of the arrays."""
    facts: dict[str, Any] = {}
    """What a reader needs to know to use the result."""
    splits: tuple[str, ...] = ()
    """Splits that a sharded variant covers."""
    pixel_labels: tuple[str, ...] = ()
    """Every way in which truth went into it and into what it was made from."""
    made_elsewhere: tuple[str, ...] = ()
    """What another program made of it and of what it was made from, and the family of that program."""
    images: tuple[ImageEntry, ...] = ()
    """The images of a shard."""
    digest: str
    """SHA-256 of the whole result."""

    @property
    def name(self) -> str:
        """`seeds/cam shard 0003`, for messages."""
        return f"{self.stage}/{self.variant}" + (f" shard {self.shard}" if self.shard else "")

    def write(self, path: Path) -> None:
        """Write atomically."""
        write_record(path, self.model_dump(mode="json"))

    @classmethod
    def read(cls, path: Path) -> "Manifest":
        """Read a manifest.

        Raises:
            SeedmaskError: there is no manifest, or it is damaged.
        """
        try:
            return cls.model_validate(read_record(path))
        except ValidationError as error:
            raise SeedmaskError(f"{path}: is not a manifest ({error}); delete it and run snakemake") from None


def read_manifest(results: Path, reference: str, recipe: str | None = None) -> Manifest:
    """Manifest of a training.

    Args:
        results: folder of all results of the data set.
        reference: `classifiers/cam`.
        recipe: recipe it must have been made by; any when not given.

    Raises:
        SeedmaskError: it is missing or made with other settings or code.
    """
    stage, variant = reference.split("/")
    manifest = Manifest.read(manifest_path(results, stage, variant, None))
    if recipe is not None and manifest.recipe != recipe:
        raise SeedmaskError(
            f"{reference} was trained with other settings or code than the configuration has now; run snakemake"
        )
    return manifest


def images_digest(images: tuple[ImageEntry, ...]) -> str:
    """Digest of a shard from those of its images."""
    return digest([[image.id, image.digest] for image in images])


METRICS = "metrics"
"""Fact of a training."""
METRICS_FILE = "metrics.jsonl"


def write_metrics(folder: Path, metrics: Iterable[Mapping[str, Any]]) -> None:
    """Write the numbers of a training for people."""
    write_atomic(folder / METRICS_FILE, _lines(metrics))


def metrics_are_whole(folder: Path, manifest: Manifest) -> bool:
    """Whether the file says what the manifest does."""
    path = folder / METRICS_FILE
    return path.exists() and path.read_bytes() == _lines(manifest.facts.get(METRICS, ()))


def _lines(metrics: Iterable[Mapping[str, Any]]) -> bytes:
    return "".join(json.dumps(epoch) + "\n" for epoch in metrics).encode()
