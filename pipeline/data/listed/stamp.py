"""What changes when files of the user's do, found without reading one."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.config.dataset import Dataset
from pipeline.data.formats import places
from pipeline.fingerprint import code_of, digest


def stamp_of(dataset: Dataset) -> str:
    """SHA-256 over names, sizes and times of all files of a data set, its settings, and the code that lists them.

    Small in memory whatever the size of the set: no more is kept than the names in one folder.
    """
    sha = hashlib.sha256(digest([dataset.model_dump(mode="json"), code_of(["pipeline.data.listed"])]).encode())
    for place in places(dataset):
        sha.update(state_of(place).encode())
    return sha.hexdigest()


def state_of(place: Path) -> str:
    """SHA-256 over name, size and time of a file, or of all below a folder."""
    sha = hashlib.sha256()
    for line in _lines(place, frozenset()):
        sha.update(line.encode(errors="surrogateescape") + b"\0")
    return sha.hexdigest()


def _lines(place: Path, above: Iterable[str]) -> Iterator[str]:
    """Name and state of a file, or of those below a folder; hidden ones and links back to a folder above left out."""
    try:
        with os.scandir(place) as scan:
            items = sorted((item.name, item.is_dir()) for item in scan if not item.name.startswith("."))
    except NotADirectoryError:
        stat = place.stat()
        yield f"{place} {stat.st_size} {stat.st_mtime_ns}"
        return
    except OSError as error:
        yield f"{place} {error.errno}"
        return
    real = os.path.realpath(place)
    if real in above:
        return
    yield f"{place}/"
    handle = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name, is_folder in items:
            if is_folder:
                yield from _lines(place / name, {*above, real})
                continue
            try:
                stat = os.stat(name, dir_fd=handle)
            except OSError:
                yield f"{name} gone"
            else:
                yield f"{name} {stat.st_size} {stat.st_mtime_ns}"
    finally:
        os.close(handle)
