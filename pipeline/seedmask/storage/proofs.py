"""Files of any kind that are proved before they are read: tables, pages, pictures.

The digest of a file stands in a record of its own in the folder `proofs` beside it, since a table must stay a plain
table and a page a plain page.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from seedmask.errors import SeedmaskError
from seedmask.storage.files import write_atomic
from seedmask.storage.records import read_record, write_record
from seedmask.storage.variants import own_folder

FOLDER = "proofs"


def write_proved(path: Path, data: bytes) -> None:
    """Write a file atomically, and its digest beside it."""
    write_atomic(path, data)
    prove(path)


def prove(path: Path) -> None:
    """Write the digest of a file that is there."""
    write_record(proof_of(path), {"file": path.name, "digest": _digest(path)})


def read_proved(path: Path) -> bytes:
    """What is in a file, proved.

    Raises:
        SeedmaskError: it is missing, or not as it was written.
    """
    if not path.exists():
        raise SeedmaskError(f"{path}: is missing, so the run is not complete; run snakemake to make it")
    if read_record(proof_of(path), f"delete {path} and run snakemake")["digest"] != _digest(path):
        raise SeedmaskError(f"{path}: is not as it was written; delete it and run snakemake")
    return path.read_bytes()


def proof_of(path: Path) -> Path:
    """Where the digest of a file stands."""
    return path.parent / FOLDER / f"{path.name}.json"


def proved_files(results: Path) -> Iterator[Path]:
    """All files below a folder that have a digest, or had one."""
    for proof in sorted(results.rglob(f"{FOLDER}/*.json")):
        if own_folder(results, proof) == FOLDER:
            yield proof.parent.parent / proof.stem


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
