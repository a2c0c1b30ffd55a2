"""What is known already of pictures that are listed anew, so that only new and changed ones are read."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from pipeline.data.index_files import read_rows, sealed_path
from pipeline.data.listed.summary import OnDisk
from pipeline.data.pictures import Found, Picture
from pipeline.errors import SeedmaskError

Known = Mapping[tuple[str, str, str | None], Found]


def known_files(results: Path) -> Known:
    """What was found in files, by their names and states: of the index, and of one that was never made whole.

    What is damaged is not known.
    """
    found: dict[tuple[str, str, str | None], Found] = {}

    def add(pictures: Iterable[Picture]) -> None:
        found.update((picture.files, picture.found) for picture in pictures if picture.found is not None)

    with suppress(SeedmaskError):
        before = OnDisk(results, Path())
        for shard in before.rows.shards():
            with suppress(SeedmaskError):
                add(before.pictures(shard))
    for sealed in sealed_path(results, "0000").parent.glob("*.json"):
        with suppress(SeedmaskError):
            add(read_rows(results, sealed.stem, sealed))
    return found


def with_known(shards: Mapping[str, Sequence[Picture]], known: Known) -> dict[str, list[Picture]]:
    """The same pictures with what is known of their files."""
    return {
        shard: [replace(picture, found=known.get(picture.files)) for picture in pictures]
        for shard, pictures in shards.items()
    }
