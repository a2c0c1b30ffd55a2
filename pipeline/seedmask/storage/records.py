"""Small JSON files that prove themselves: each holds a SHA-256 of all its other entries.

A disk or a person can change a byte of any file. What a job reads is proved first, and these files, unlike stores and
weights, have no manifest that knows their digest.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.storage.files import write_json

SEAL = "sha256"
"""Entry that holds the digest of the others."""


def write_record(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON object atomically, with the digest of its entries as the last one.

    The same value always gives the same bytes.
    """
    write_json(path, {**value, SEAL: digest(value)})


def read_record(path: Path, remedy: str = "delete it and run snakemake") -> dict[str, Any]:
    """The entries of a JSON object, proved by its digest, and without it.

    Args:
        path: the file.
        remedy: what to do where it is damaged.

    Raises:
        SeedmaskError: it is missing, is no JSON object, or is not as it was written.
    """
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise SeedmaskError(
            f"{path}: is missing, so what it stands for is not complete; run snakemake to make it"
        ) from None
    except (ValueError, RecursionError) as error:  # no JSON, or no text at all
        raise SeedmaskError(f"{path}: is damaged: it is no JSON ({error}); {remedy}") from None
    if not isinstance(value, dict) or SEAL not in value:
        raise SeedmaskError(f"{path}: is damaged or of an older version: it has no `{SEAL}`; {remedy}")
    seal = value.pop(SEAL)
    if digest(value) != seal:
        raise SeedmaskError(f"{path}: is damaged: it is not what its `{SEAL}` says; {remedy}")
    return value
