"""Values that are fitted over the whole set before the shards of a variant are made.

fit.json          declared output: a manifest whose `facts` are the fitted values
parts/0000.json   for more than a few numbers: the part of shard 0000, whose job reads no other
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError, found_in
from seedmask.fingerprint import digest
from seedmask.job import Job
from seedmask.storage.changes import store_definitions
from seedmask.storage.lock import only_writer
from seedmask.storage.manifest import Manifest
from seedmask.storage.reader import Inputs
from seedmask.storage.records import read_record, write_record

PARTS = "parts"


def write_fit(job: Job, fitted: Mapping[str, Any]) -> None:
    """Write `fit.json`.

    Args:
        job: the job over the whole set.
        fitted: the values, as JSON has them.

    Raises:
        SeedmaskError: the code has changed since the job was planned.
    """
    store_definitions(job)
    inputs = inputs_of(job)
    Manifest(
        stage=job.stage,
        variant=job.variant,
        recipe=job.recipe,
        fingerprint=digest([job.recipe, inputs]),
        settings=job.settings,
        basis=job.basis,
        inputs=inputs,
        facts=dict(fitted),
        splits=job.splits,
        digest=digest(fitted),
    ).write(fit_path(job.folder))


def inputs_of(job: Job) -> dict[str, str]:
    """Digests of all that is read of other variants.

    Raises:
        SeedmaskError: one is not finished, or was made with other settings or code.
    """
    rows = list(Catalogue(job.results).rows(job.splits)) if job.upstream else []
    return Inputs(job, rows).digests_of_all(row.id for _, row in rows)


def read_fit(folder: Path) -> Manifest:
    """Manifest with the fitted values of a variant as `facts`.

    Raises:
        SeedmaskError: nothing is fitted yet, or the manifest is damaged.
    """
    return Manifest.read(fit_path(folder))


def write_parts(job: Job, parts: Mapping[str, Any], made_from: Any) -> None:
    """Write the parts of all shards, and then `fit.json` with their digests.

    Args:
        job: the job over the whole set.
        parts: values for the job of each shard, as JSON has them.
        made_from: must be the same when a part is read.

    Raises:
        SeedmaskError: the code has changed since the job was planned.
    """
    records = {shard: {"made_from": made_from, "content": content} for shard, content in parts.items()}
    with only_writer(job.folder / "locks" / f"{PARTS}.lock", f"{job.name} {PARTS}"):
        for shard, record in records.items():
            write_record(part_path(job.folder, shard), record)
        for path in part_path(job.folder, "0000").parent.glob("*.json"):
            if path.stem not in parts:  # of an earlier, longer index
                path.unlink()
        write_fit(job, {PARTS: {shard: digest(record) for shard, record in records.items()}})


def read_part(folder: Path, shard: str, made_from: Any) -> Any:
    """The part of a shard.

    Args:
        folder: of the variant.
        shard: the shard.
        made_from: must be the same as when the part was written.

    Raises:
        SeedmaskError: it is missing, damaged, or made from something else.
    """
    record = _record(folder, shard)
    if record["made_from"] != made_from:
        path = part_path(folder, shard)
        raise SeedmaskError(f"{path}: was made from another state of what the variant reads; {_remedy(folder)}")
    return record["content"]


def damaged_parts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Damaged parts of a variant, each with its problem.

    Raises:
        SeedmaskError: `fit.json` is damaged.
    """
    for shard, expected in read_fit(folder).facts.get(PARTS, {}).items():
        path = part_path(folder, shard)
        try:
            if digest(_record(folder, shard)) != expected:
                yield path, f"is not what {fit_path(folder)} says"
        except SeedmaskError as error:
            yield path, found_in(path, error)


def _record(folder: Path, shard: str) -> dict[str, Any]:
    path = part_path(folder, shard)
    if not path.exists():
        raise SeedmaskError(f"{path}: is missing; {_remedy(folder)}")
    return read_record(path, _remedy(folder))


def _remedy(folder: Path) -> str:
    return f"delete {fit_path(folder)} and run snakemake"


def part_path(folder: Path, shard: str) -> Path:
    """File of the part of a shard."""
    return folder / PARTS / f"{shard}.json"


def fit_path(folder: Path) -> Path:
    """Declared output of a job over the whole set."""
    return folder / "fit.json"
