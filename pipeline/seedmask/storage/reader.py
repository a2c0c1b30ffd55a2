"""Reading of stored arrays, each image checked against the manifest of its shard.

Zarr gives fill values for a missing shard and cannot know that a shard is of another run; the digests can.
"""

import hashlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from seedmask.config.stages import is_sharded
from seedmask.dataset.index import Row, shards_of
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.job import Job, manifest_path
from seedmask.storage import canvas
from seedmask.storage.canvas import Layout
from seedmask.storage.manifest import ImageEntry, Manifest, read_manifest

Arrays = Mapping[str, np.ndarray]


def arrays_digest(arrays: Arrays) -> str:
    """SHA-256 over names, types, shapes and numbers of one image's arrays, without padding."""
    sha = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        sha.update(f"{name} {array.dtype.str} {array.shape}\0".encode())
        sha.update(array.tobytes())
    return sha.hexdigest()


def read_entry(folder: Path, manifest: Manifest, entry: ImageEntry) -> dict[str, np.ndarray]:
    """One image's arrays as stored, checked against the manifest.

    Args:
        folder: folder of the variant.
        manifest: manifest of the shard.
        entry: the image's entry in it.

    Raises:
        SeedmaskError: the shard is missing, torn, damaged or made by another run.
    """
    sizes: dict[canvas.Axis, int] = {"slot": entry.slots, "y": entry.height, "x": entry.width}
    remedy = f"delete {folder / 'manifests' / f'{manifest.shard}.json'} and run snakemake"
    try:
        arrays = canvas.read_row(folder / "data.zarr", Layout.from_json(manifest.layout), entry.row, sizes)
    except Exception as error:  # codecs raise whatever they like on damaged bytes
        raise SeedmaskError(f"{manifest.name}: image {entry.id} cannot be read ({error}); {remedy}") from error
    if arrays_digest(arrays) != entry.digest:
        raise SeedmaskError(f"{manifest.name}: image {entry.id} is not what the manifest says; {remedy}")
    return arrays


class StoredVariant:
    """Shards of a variant, each with a valid manifest.

    Args:
        results: folder of all results of the data set.
        reference: `seeds/cam`.
        shards: the shards to read.
        recipe: recipe they must have been made by; any when not given.

    Raises:
        SeedmaskError: a shard has no manifest, or was made with other settings or code.
    """

    def __init__(self, results: Path, reference: str, shards: Iterable[str], recipe: str | None = None):
        stage, variant = reference.split("/")
        self.folder = results / stage / variant
        self._entries: dict[str, tuple[Manifest, ImageEntry]] = {}
        self._manifest: Manifest | None = None
        self._recipes: set[str] = set()
        for shard in shards:
            manifest = Manifest.read(manifest_path(results, stage, variant, shard))
            if recipe is not None and manifest.recipe != recipe:
                raise SeedmaskError(
                    f"{manifest.name} was made with other settings or code than the configuration has now; "
                    "run snakemake to make it again"
                )
            self._manifest = manifest
            self._recipes.add(manifest.recipe)
            self._entries |= {entry.id: (manifest, entry) for entry in manifest.images}

    def __contains__(self, image: str) -> bool:
        return image in self._entries

    @property
    def ids(self) -> tuple[str, ...]:
        """The images, in the order of the index."""
        return tuple(self._entries)

    def digest(self, image: str) -> str:
        """Digest of an image's arrays."""
        return self._entry(image)[1].digest

    def row(self, image: str) -> int:
        """Row of an image in the store."""
        return self._entry(image)[1].row

    def layout(self) -> Layout:
        """Layout of the store.

        Raises:
            SeedmaskError: no shard is finished.
        """
        if self._manifest is None:
            raise SeedmaskError(f"{self.folder}: no shard is finished; run snakemake")
        return Layout.from_json(self._manifest.layout)

    def splits(self) -> tuple[str, ...]:
        """Splits that the variant covers."""
        return self._manifest.splits if self._manifest else ()

    def is_of_one_recipe(self) -> bool:
        """Whether all shards were made with the same settings and code."""
        return len(self._recipes) <= 1

    def facts(self) -> dict[str, Any]:
        """Facts in the manifests; the same for all shards."""
        return self._manifest.facts if self._manifest else {}

    def pixel_labels(self) -> tuple[str, ...]:
        """Every way in which truth went into the shards."""
        return self._manifest.pixel_labels if self._manifest else ()

    def made_elsewhere(self) -> tuple[str, ...]:
        """What another program made of the shards and of what they were made from."""
        return self._manifest.made_elsewhere if self._manifest else ()

    def settings(self) -> dict[str, Any]:
        """Settings the shards were made with."""
        return self._manifest.settings if self._manifest else {}

    def read(self, image: str) -> dict[str, np.ndarray]:
        """An image's arrays without padding; scaled ones as float32 in 0..1, labels as stored."""
        manifest, entry = self._entry(image)
        arrays = read_entry(self.folder, manifest, entry)
        specs = Layout.from_json(manifest.layout).arrays
        return {
            name: canvas.decode(array, specs[name]) if is_scaled(specs[name]) else array
            for name, array in arrays.items()
        }

    def _entry(self, image: str) -> tuple[Manifest, ImageEntry]:
        if image not in self._entries:
            raise SeedmaskError(f"{self.folder}: holds no image {image}; check the splits of the variant")
        return self._entries[image]


def is_scaled(spec: canvas.ArraySpec) -> bool:
    """Whether an array holds numbers in 0..1, which readers get as float32."""
    return spec.scale != 1 or np.dtype(spec.dtype).kind == "f"


class Inputs:
    """The variants of `job.upstream`, by the names in the options.

    Args:
        job: the job.
        rows: number and entry of the images of the index that it works on.

    Raises:
        SeedmaskError: a variant is not finished, or was made with other settings or code.
    """

    def __init__(self, job: Job, rows: Iterable[tuple[int, Row]]):
        shards = shards_of((number for number, _ in rows), job.shard_size)
        self.stored: Mapping[str, StoredVariant] = {
            reference: StoredVariant(job.results, reference, shards, recipe)
            for reference, recipe in job.upstream.items()
            if is_sharded(reference)
        }
        """Those that are cut into shards."""
        self.trained: Mapping[str, Manifest] = {
            reference: read_manifest(job.results, reference, recipe)
            for reference, recipe in job.upstream.items()
            if reference not in self.stored
        }
        """Those that are networks."""

    def digests(self, image: str) -> dict[str, str]:
        """Digests of all that an image's result depends on here, by variant."""
        return {**self._networks, **{name: variant.digest(image) for name, variant in self.stored.items()}}

    def digests_of_all(self, images: Iterable[str]) -> dict[str, str]:
        """The same for a training, which depends on many images at once."""
        images = list(images)
        stored = {name: digest([variant.digest(i) for i in images]) for name, variant in self.stored.items()}
        return {**self._networks, **stored}

    @cached_property
    def _networks(self) -> dict[str, str]:
        return {name: manifest.digest for name, manifest in self.trained.items()}
