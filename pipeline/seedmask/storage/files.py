"""Atomic writing of small files, and messages for a disk that is full or read-only."""

import errno
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from seedmask.errors import SeedmaskError

DISK_ERRORS = {getattr(errno, name) for name in ("EACCES", "EDQUOT", "EFBIG", "EIO", "ENOSPC", "EPERM", "EROFS")}


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    with writing_atomic(path) as stream:
        stream.write(data)


@contextmanager
def writing_atomic(path: Path) -> Iterator[BinaryIO]:
    """Write under a temporary name, force to disk, rename: a kill at any instant leaves the old file or the new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".partial")
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Any) -> None:
    """Write a JSON value atomically; the same value always gives the same bytes."""
    write_atomic(path, (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode())


@contextmanager
def writing_below(folder: Path, kept: str) -> Iterator[None]:
    """Turn errors of a disk that is full or read-only into a message; other errors pass.

    Args:
        folder: folder that is written to.
        kept: results that are not lost, for the message: `finished shards`.

    Raises:
        SeedmaskError: the disk refused.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_ERRORS or not _lies_below(error.filename, folder):
            raise
        raise SeedmaskError(
            f"cannot write below {folder}: {error.strerror}; free the disk or make it writable and run "
            f"snakemake again, {kept} are kept"
        ) from error


def _lies_below(name: str | bytes | None, folder: Path) -> bool:
    """Whether a file lies in a folder; errors of a full disk name no file."""
    return name is None or Path(os.fsdecode(name)).resolve().is_relative_to(folder.resolve())
