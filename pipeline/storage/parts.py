"""What a job over the whole set leaves for the jobs of a variant's shards, each of which reads its own part alone.

parts/0000.json   what the job of shard 0000 gets, and what all parts were made from
fit.json          declared output, written last: digests of the parts, and the same
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import SeedmaskError
from pipeline.fingerprint import digest
from pipeline.storage.lock import only_writer
from pipeline.storage.records import read_record, write_record

FOLDER = "parts"


def write_parts(folder: Path, parts: Mapping[str, Any], made_from: Any) -> None:
    """Write the parts of all shards, and then `fit.json`.

    Args:
        folder: of the variant.
        parts: what each shard's job gets, as JSON has it.
        made_from: what must be the same when a part is read.
    """
    with only_writer(folder / "locks" / f"{FOLDER}.lock", f"{folder.parent.name}/{folder.name} parts"):
        for shard, content in parts.items():
            write_record(part_path(folder, shard), {"made_from": made_from, "content": content})
        for path in part_path(folder, "0000").parent.glob("*.json"):
            if path.stem not in parts:  # of an earlier, longer index
                path.unlink()
        digests = {shard: digest(content) for shard, content in parts.items()}
        write_record(fit_path(folder), {"made_from": made_from, FOLDER: digests})


def read_part(folder: Path, shard: str, made_from: Any) -> Any:
    """What a shard's job gets.

    Args:
        folder: of the variant.
        shard: the shard.
        made_from: what the part must be made from.

    Raises:
        SeedmaskError: it is missing, damaged, or made from something else.
    """
    path, remedy = part_path(folder, shard), f"delete {fit_path(folder)} and run snakemake"
    if not path.exists():
        raise SeedmaskError(f"{path}: is missing; {remedy}")
    part = read_record(path, remedy)
    if part["made_from"] != made_from:
        raise SeedmaskError(f"{path}: was made from another state of what the variant reads; {remedy}")
    return part["content"]


def damaged_parts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Parts of a variant that are not what its `fit.json` says, each with what is wrong.

    Raises:
        SeedmaskError: `fit.json` is damaged.
    """
    fit = read_record(fit_path(folder))
    for shard, expected in fit.get(FOLDER, {}).items():
        path = part_path(folder, shard)
        try:
            if digest(read_part(folder, shard, fit["made_from"])) != expected:
                yield path, f"is not what {fit_path(folder)} says"
        except SeedmaskError as error:
            yield path, str(error).removeprefix(f"{path}: ").rsplit(";", 1)[0]


def part_path(folder: Path, shard: str) -> Path:
    """What the job of a shard gets."""
    return folder / FOLDER / f"{shard}.json"


def fit_path(folder: Path) -> Path:
    """Declared output of a job over the whole set."""
    return folder / "fit.json"
