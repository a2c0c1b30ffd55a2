"""States of the files and folders that variants read beside the data set, taken once a run and stored for its jobs."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from seedmask.config.dataset import Dataset
from seedmask.dataset.entries import file_state
from seedmask.dataset.formats import FORMATS, watched_paths
from seedmask.errors import SeedmaskError
from seedmask.fingerprint import code_of, digest
from seedmask.storage.lock import only_writer
from seedmask.storage.records import read_record, write_record

REMEDY = "delete this file and run snakemake, which takes the states again"


def dataset_stamp(dataset: Dataset) -> str:
    """SHA-256 over names, sizes and times of all files of a data set, its settings, and the code that lists them.

    Small in memory whatever the size of the set: no more is held than the names in one folder.
    """
    code = code_of(["seedmask.dataset.listing", FORMATS[dataset.format]])
    sha = hashlib.sha256(digest([dataset.model_dump(mode="json"), code]).encode())
    for path in watched_paths(dataset):
        sha.update(path_state(path).encode())
    return sha.hexdigest()


def path_state(path: Path) -> str:
    """SHA-256 over name, size and time of a file, or of all below a folder."""
    sha = hashlib.sha256()
    for line in _lines(path, frozenset()):
        sha.update(line.encode(errors="surrogateescape") + b"\0")
    return sha.hexdigest()


def _lines(path: Path, above: Iterable[str]) -> Iterator[str]:
    """Name and state of a file, or of those below a folder, without hidden ones and links back to a folder above."""
    try:
        with os.scandir(path) as scan:
            items = sorted((item.name, item.is_dir()) for item in scan if not item.name.startswith("."))
    except OSError as error:  # a file, or something below a file, or nothing
        yield f"{path} {file_state(path) if path.is_file() else error.errno}"
        return
    real = os.path.realpath(path)
    if real in above:
        return
    yield f"{path}/"
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for name, is_folder in items:
            if is_folder:
                yield from _lines(path / name, {*above, real})
                continue
            try:
                stat = os.stat(name, dir_fd=handle)
            except OSError:
                yield f"{name} gone"
            else:
                yield f"{name} {stat.st_size} {stat.st_mtime_ns}"
    finally:
        os.close(handle)


def current_states(files: Iterable[str]) -> dict[str, str]:
    """State of each file or folder, by its name."""
    return {name: path_state(Path(name)) for name in files}


def write_states(results: Path, states: Mapping[str, str]) -> None:
    """Add states to those of other configurations on disk."""
    if states.items() <= _stored(results).items():
        return
    path = states_path(results)
    with only_writer(path.with_name("lock"), f"the listing of {results.name}"):
        write_record(path, {"files": dict(sorted({**_stored(results), **states}.items()))})


def read_states(results: Path, files: Iterable[str]) -> dict[str, str]:
    """The states that the run began with, whatever has changed since.

    Raises:
        SeedmaskError: they are damaged, or a file was not yet in the configuration.
    """
    names = list(files)
    known = read_record(states_path(results), REMEDY)["files"] if names else {}
    if missing := [name for name in names if name not in known]:
        raise SeedmaskError(
            f"{states_path(results)}: does not hold {missing[0]!r}, which came into the configuration after the run "
            "began; run snakemake again"
        )
    return {name: known[name] for name in names}


def states_path(results: Path) -> Path:
    """File of the states."""
    return results / "listing" / "files.json"


def _stored(results: Path) -> dict[str, str]:
    with suppress(SeedmaskError):  # none yet, or damaged: all were taken just now
        return read_record(states_path(results))["files"]
    return {}
