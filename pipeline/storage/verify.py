"""Prove all results of a data set against their manifests, and find what killed runs left behind.

Every image of every shard is read and hashed, so this takes as long as reading the results.
"""

import fcntl
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from pipeline.data.index import Index
from pipeline.errors import Problem, SeedmaskError
from pipeline.job import SHARDED, TRAINED
from pipeline.storage.manifest import Manifest, read_manifest
from pipeline.storage.reader import read_entry

PARTIAL = ("**/.*.partial", "**/*.partial", "**/.*.part")
"""Temporary names of atomic writes: ours, Zarr's, and those of exported masks."""
UNLOCKED_SECONDS = 60
"""Files outside the variants have no lock; a temporary one of theirs lives for milliseconds."""


def verify(results: Path) -> list[Problem]:
    """Everything that is wrong with a data set's results; nothing is changed.

    Args:
        results: `results/<data set>`.

    Raises:
        SeedmaskError: there are no results.
    """
    if not (results / "index").is_dir():
        raise SeedmaskError(f"{results}: holds no index; name a folder like results/stamps, made by snakemake")
    problems = [problem for variant in variants(results, SHARDED) for problem in _shards(results, variant)]
    problems += [problem for variant in variants(results, TRAINED) for problem in _weights(results, variant)]
    return problems + [
        Problem(str(path), "left over by a killed run", "remove it: `seedmask verify --clean`")
        for path in leftovers(results)
    ]


def variants(results: Path, stages: tuple[str, ...]) -> list[str]:
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
    size = made.layout["shard_size"]
    rows = Index.read(results / "index").rows
    return [f"{shard:04d}" for shard in sorted({n // size for n, row in enumerate(rows) if row.split in made.splits})]


def _shards(results: Path, reference: str) -> Iterator[Problem]:
    folder = results / reference
    recipes = set()
    try:
        shards = expected_shards(results, reference)
    except SeedmaskError as error:
        yield Problem(reference, f"its shards are not known ({error})", "run snakemake")
        return
    for shard in shards:
        path = folder / "manifests" / f"{shard}.json"
        if not path.exists():
            yield Problem(f"{reference} shard {shard}", "missing: not finished, or being made again", "run snakemake")
            continue
        try:
            manifest = Manifest.read(path)
        except SeedmaskError as error:
            yield Problem(f"{reference} shard {shard}", f"manifest damaged ({error})", f"delete {path}, run snakemake")
            continue
        recipes.add(manifest.recipe)
        yield from _damage(folder, manifest, path)
    if len(recipes) > 1:
        yield Problem(reference, "its shards were made with different settings or code", "run snakemake")


def _damage(folder: Path, manifest: Manifest, declared: Path) -> Iterator[Problem]:
    """One problem for a whole shard, with the first damaged image."""
    damaged: list[str] = []
    unreadable = False
    for entry in manifest.images:
        try:
            read_entry(folder, manifest, entry)
        except SeedmaskError as error:
            damaged.append(entry.id)
            unreadable |= error.__cause__ is not None
    if not damaged:
        return
    # Zarr writes no file for an array that is all padding, so a file that is not there need not be missing.
    arrays = list(manifest.layout["arrays"])
    gone = [name for name in arrays if not (folder / "data.zarr" / name / "c" / str(int(manifest.shard))).exists()]
    if gone and (not unreadable or gone == arrays):
        found = f"array {', '.join(gone)} missing"
    elif unreadable:
        found = "torn or bit-flipped"
    else:
        found = "not what the manifest says: written by another run"
    count = f"{len(damaged)} of {len(manifest.images)} images, the first is {damaged[0]}"
    yield Problem(manifest.name, f"{found} ({count})", f"delete {declared} and run snakemake")


def _weights(results: Path, reference: str) -> Iterator[Problem]:
    from pipeline.storage.training import load_weights

    path = results / reference / "manifest.json"
    if not path.exists():
        yield Problem(reference, "missing: the training is not finished", "run snakemake, it goes on where it stopped")
        return
    try:
        load_weights(results, reference, read_manifest(results, reference))
    except SeedmaskError as error:
        found = str(error).rsplit(";", 1)[0]
        yield Problem(reference, f"weights missing or damaged ({found})", f"delete {path} and run snakemake")


def leftovers(results: Path) -> list[Path]:
    """Temporary files of writers that are gone, those inside a temporary folder not on their own."""
    found: list[Path] = []
    for folder, paths in _temporary(results).items():
        with ExitStack() as held:
            if _all_locks(folder, held):
                found += paths
    return sorted(found)


def clean(results: Path) -> list[Path]:
    """Remove left-over temporary files and nothing else; what a living job is writing stays.

    Returns:
        What was removed.
    """
    removed: list[Path] = []
    for folder, paths in _temporary(results).items():
        with ExitStack() as held:  # nobody can start to write here meanwhile
            if _all_locks(folder, held):
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
        locked = parts[0] in (*SHARDED, *TRAINED) and len(parts) > 2
        if locked or time.time() - path.stat().st_mtime > UNLOCKED_SECONDS:
            folders.setdefault(results.joinpath(*parts[:2]) if locked else results, []).append(path)
    return folders


def _all_locks(folder: Path, held: ExitStack) -> bool:
    """Take every lock of a variant, unless a writer holds one."""
    for path in [*folder.glob("lock"), *folder.glob("locks/*.lock")]:
        stream = held.enter_context(path.open("rb"))
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True
