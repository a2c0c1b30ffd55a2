"""Small JSON files that are checked when they are read: each holds a SHA-256 of all its other entries.

A disk or a person can change a byte of any file. Stores and weights are checked against a manifest; these files, the
manifests among them, against their own digest. Each also holds the version of the layout of results, so that results
of an older version are refused and not read as if they fitted.

Tables, pages and images cannot hold a digest of their own. It stands in a record in the folder `proofs` beside them.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seedmask.config.stages import STAGES
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.storage.files import write_atomic, write_json

PROOFS = "proofs"
"""Folder beside files that are not JSON objects, with a record of the digest of each."""
SEAL = "sha256"
"""Entry that holds the digest of the others."""
LAYOUT = "results_layout"
"""Entry that holds the version of the layout of results."""
LAYOUT_VERSION = 2
"""Raised whenever files of results get other names, places or contents."""


class LayoutError(SeedmaskError):
    """Results have the layout of another version of Seedmask.

    Args:
        path: the results, or a file of them.
        version: version of their layout.
    """

    def __init__(self, path: Path, version: object):
        age = "a newer" if isinstance(version, int) and version > LAYOUT_VERSION else "an older"
        super().__init__(
            f"{path}: was made by {age} version of Seedmask (layout {version}, expected {LAYOUT_VERSION}); run "
            "snakemake, which makes it again, or delete it"
        )
        self.version = version


def write_record(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON object atomically, followed by the version of the layout and the digest of all entries.

    The same value always gives the same bytes.
    """
    entries = {**value, LAYOUT: LAYOUT_VERSION}
    write_json(path, {**entries, SEAL: digest(entries)})


def read_record(path: Path, remedy: str = "delete it and run snakemake") -> dict[str, Any]:
    """The entries of a JSON object, checked against its digest, without digest and version.

    Args:
        path: the file.
        remedy: what to do if it is damaged.

    Raises:
        LayoutError: another version of Seedmask wrote it.
        SeedmaskError: it is missing, damaged or not a JSON object.
    """
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise SeedmaskError(f"{path}: is missing, so its result is not complete; run snakemake to make it") from None
    except (ValueError, RecursionError) as error:  # not JSON, or not text
        raise SeedmaskError(f"{path}: is damaged: not JSON ({error}); {remedy}") from None
    if not isinstance(value, dict) or SEAL not in value:
        raise SeedmaskError(f"{path}: is damaged: it has no `{SEAL}`; {remedy}")
    seal = value.pop(SEAL)
    if digest(value) != seal:
        raise SeedmaskError(f"{path}: is damaged: its content does not fit its `{SEAL}`; {remedy}")
    version = value.pop(LAYOUT, 0)
    if version != LAYOUT_VERSION:
        raise LayoutError(path, version)
    return value


def check_layout(results: Path) -> None:
    """Refuse results of another layout as a whole, before anything of them is read.

    Args:
        results: `results/<data set>`.

    Raises:
        LayoutError: another version of Seedmask made them.
    """
    for path in (results / "index" / "set.json", results / "listing" / "summary.json"):
        try:
            read_record(path)
        except LayoutError as error:
            raise LayoutError(results, error.version) from None
        except SeedmaskError:  # missing or damaged: reported where it is read
            continue


def write_proved(path: Path, data: bytes) -> None:
    """Write a file atomically, and its digest beside it."""
    write_atomic(path, data)
    prove(path)


def prove(path: Path) -> None:
    """Write the digest of a file that is there."""
    write_record(proof_of(path), {"file": path.name, "digest": _digest(path)})


def read_proved(path: Path) -> bytes:
    """Content of a file, checked against its digest.

    Raises:
        SeedmaskError: it is missing, or does not have its digest.
    """
    if not path.exists():
        raise SeedmaskError(f"{path}: is missing, so the run is not complete; run snakemake to make it")
    if read_record(proof_of(path), f"delete {path} and run snakemake")["digest"] != _digest(path):
        raise SeedmaskError(f"{path}: is not as it was written; delete it and run snakemake")
    return path.read_bytes()


def proof_of(path: Path) -> Path:
    """Record with the digest of a file."""
    return path.parent / PROOFS / f"{path.name}.json"


def proved_files(results: Path) -> Iterator[Path]:
    """All files below a folder that have a digest, or had one."""
    for proof in sorted(results.rglob(f"{PROOFS}/*.json")):
        if own_folder(results, proof) == PROOFS:
            yield proof.parent.parent / proof.stem


def own_folder(results: Path, path: Path) -> str:
    """Name of the folder that a file below the results lies in, as we gave it; empty for the folder of a variant.

    A variant may be called like a folder of ours: `masks/proofs`.
    """
    folders = path.relative_to(results).parts[:-1]
    named = {"evaluation": 3, **dict.fromkeys(STAGES, 2)}
    ours = folders[named.get(folders[0], 0) :] if folders else ()
    return ours[-1] if ours else ""


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
