"""Folders of results: variants, their shards, and temporary files of writers that are gone."""

import fcntl
import shutil
import time
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from seedmask.config.stages import STAGES
from seedmask.dataset.index import SplitRows, StoredIndex
from seedmask.errors import SeedmaskError
from seedmask.storage.manifest import Manifest

PARTIAL = ("**/.*.partial", "**/*.partial", "**/.*.part")
"""Temporary names of atomic writes: ours, Zarr's, and those of exported masks."""
UNLOCKED_SECONDS = 60
"""Age from which a temporary file outside the variants, where no lock guards it, is a leftover."""


def list_variants(results: Path, stages: Iterable[str]) -> list[str]:
    """Variants that have a folder, as `stage/name`."""
    folders = (folder for stage in stages for folder in sorted((results / stage).glob("*")) if folder.is_dir())
    return [f"{folder.parent.name}/{folder.name}" for folder in folders]


def expected_shards(results: Path, reference: str) -> list[str]:
    """Shards that a variant consists of, by its manifests and the index.

    Raises:
        SeedmaskError: no manifest says so.
    """
    manifests = sorted((results / reference / "manifests").glob("*.json"))
    manifests = manifests or sorted((results / reference / "sealed").glob("*.json"))
    if not manifests:
        raise SeedmaskError(f"{results / reference}: no shard is finished; run snakemake")
    made = Manifest.read(manifests[0])
    runs = StoredIndex(results).split_rows.runs
    return SplitRows(runs, made.layout["shard_size"]).shards(made.splits)


def leftovers(results: Path) -> list[Path]:
    """Temporary files of writers that are gone, those inside a temporary folder not on their own."""
    left: list[Path] = []
    for folder, paths in _temporary(results).items():
        with ExitStack() as held:
            if all_locks(folder, held):
                left += paths
    return sorted(left)


def remove_leftovers(results: Path) -> list[Path]:
    """Remove left-over temporary files and nothing else; files of running jobs stay.

    Returns:
        What was removed.
    """
    removed: list[Path] = []
    for folder, paths in _temporary(results).items():
        with ExitStack() as held:  # nobody can start to write here meanwhile
            if all_locks(folder, held):
                for path in paths:
                    shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
                removed += paths
    return sorted(removed)


def _temporary(results: Path) -> dict[Path, list[Path]]:
    """Temporary files by the folder whose locks guard them."""
    paths = {path for pattern in PARTIAL for path in results.glob(pattern)}
    outer = [path for path in paths if not any(parent in paths for parent in path.parents)]
    folders: dict[Path, list[Path]] = {}
    for path in outer:
        parts = path.relative_to(results).parts
        locked = parts[0] in STAGES and len(parts) > 2
        if locked or time.time() - path.stat().st_mtime > UNLOCKED_SECONDS:
            folders.setdefault(results.joinpath(*parts[:2]) if locked else results, []).append(path)
    return folders


def all_locks(folder: Path, held: ExitStack) -> bool:
    """Take every lock of a variant, unless a writer holds one.

    Args:
        folder: folder of the variant.
        held: gives them back.

    Returns:
        whether they are ours.
    """
    for path in [*folder.glob("lock"), *folder.glob("locks/*.lock")]:
        stream = held.enter_context(path.open("rb"))
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
