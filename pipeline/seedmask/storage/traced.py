"""ONNX files of a variant's networks, which are made again from its weights where they are missing or damaged.

A file's name holds the function, a key of all that decides it, and a digest of its bytes. Where ONNX cannot express a
function, a text with the reason is kept instead, lest every job tries.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from seedmask.storage.files import write_atomic

FOLDER = "onnx"
"""Folder of the files in that of a variant."""
DIGITS = 24
"""Digits of a hash in a file's name."""


def lock_of(variant: Path) -> Path:
    """Lock file of whoever makes the files of a variant."""
    return variant / "locks" / f"{FOLDER}.lock"


def read_traced(variant: Path, function: str, key: str) -> bytes | None:
    """The file of a function, if it is there and whole.

    Args:
        variant: folder of the variant.
        function: `score_maps`.
        key: hash of all that decides the file.
    """
    paths = (variant / FOLDER).glob(f"{function}-{key[:DIGITS]}-*.onnx")
    return next((path.read_bytes() for path in paths if _is_whole(path)), None)


def read_refusal(variant: Path, function: str, key: str) -> str | None:
    """Why there is no file; None where nobody has tried."""
    path = _refusal(variant, function, key)
    return path.read_text() if path.exists() else None


def write_traced(variant: Path, function: str, key: str, made: bytes | str) -> None:
    """Keep the file of a function, or the reason why there is none, and drop those of other weights."""
    for old in (variant / FOLDER).glob(f"{function}-*"):
        old.unlink()
    if isinstance(made, str):
        write_atomic(_refusal(variant, function, key), made.encode())
    else:
        write_atomic(variant / FOLDER / f"{function}-{key[:DIGITS]}-{_sha256(made)}.onnx", made)


def damaged_files(results: Path) -> Iterator[Path]:
    """Files of all variants that are torn or bit-flipped."""
    return (path for path in sorted(results.glob(f"**/{FOLDER}/*.onnx")) if not _is_whole(path))


def _refusal(variant: Path, function: str, key: str) -> Path:
    return variant / FOLDER / f"{function}-{key[:DIGITS]}.txt"


def _is_whole(path: Path) -> bool:
    return path.stem.endswith(f"-{_sha256(path.read_bytes())}")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:DIGITS]
