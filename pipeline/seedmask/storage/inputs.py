"""What a job reads besides pictures and tags: every variant that its options name, opened and proved."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from seedmask.config.stages import is_sharded
from seedmask.dataset.index import Row, shards_of
from seedmask.fingerprint import digest
from seedmask.job import Job
from seedmask.storage.manifest import Manifest, read_manifest
from seedmask.storage.reader import StoredVariant


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
