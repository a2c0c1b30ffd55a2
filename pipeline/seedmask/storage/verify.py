"""Check all results of a data set against their manifests, and delete what a run shall make again.

Every image of every shard is read and hashed, so this takes as long as reading the results. Every file counts: stores
with their metadata, networks, manifests with their second copies, the index, scores, tables, page and checkpoints.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from seedmask.config.stages import SHARDED, STAGES, TRAINED
from seedmask.dataset.index import StoredIndex, read_rows, rows_path, sealed_path, table_path
from seedmask.dataset.listing import StoredListing, summary_path
from seedmask.dataset.listing import shard_path as listing_path
from seedmask.errors import Problem, SeedmaskError, found_in
from seedmask.storage import canvas
from seedmask.storage.canvas import Layout, StoreSize
from seedmask.storage.files import write_atomic
from seedmask.storage.fits import PARTS, damaged_parts
from seedmask.storage.manifest import METRICS_FILE, Manifest, metrics_are_whole, read_manifest
from seedmask.storage.reader import read_entry
from seedmask.storage.records import PROOFS, check_layout, own_folder, proof_of, proved_files, read_proved, read_record
from seedmask.storage.traced import damaged_files
from seedmask.storage.variants import all_locks, expected_shards, leftovers, list_variants

SEALED = ("sealed", "sealed.json")
"""Folder or file of the second copy of a manifest."""


@dataclass(frozen=True, order=True)
class Damage(Problem):
    """Damage of stored results, and its remedy."""

    removes: tuple[Path, ...] = field(default=(), compare=False)
    """Files to delete, so that the next run makes them again; none where a run does so without."""
    restores: Mapping[Path, bytes] = field(default_factory=dict, compare=False)
    """Files to write again, whose content follows from a manifest."""


def verify(results: Path) -> list[Damage]:
    """All damage in the results of a data set; nothing is changed.

    Args:
        results: `results/<data set>`.

    Raises:
        SeedmaskError: there are no results, or another version of Seedmask made them.
    """
    check_layout(results)
    if not (results / "index").is_dir():
        raise SeedmaskError(f"{results}: holds no index; name a folder like results/stamps, made by snakemake")
    problems = [problem for variant in list_variants(results, SHARDED) for problem in shard_damage(results, variant)]
    problems += [problem for variant in list_variants(results, TRAINED) for problem in network_damage(results, variant)]
    problems += [*record_damage(results), *proof_damage(results), *fit_damage(results), *table_damage(results)]
    problems += [
        Damage(str(path), "torn or bit-flipped", f"delete {path}: whoever needs it makes it again", (path,))
        for path in damaged_files(results)
    ]
    return problems + [
        Damage(str(path), "left over by a killed run", "remove it: `seedmask verify --clean`")
        for path in leftovers(results)
    ]


def repair(results: Path, problems: Iterable[Damage]) -> list[Path]:
    """Delete what is damaged, so that a run makes it again, and write again what follows from a manifest.

    Args:
        results: `results/<data set>`.
        problems: what `verify` found there.

    Returns:
        The files that were deleted or written.

    Raises:
        SeedmaskError: a job is writing a damaged variant.
    """
    changed: list[Path] = []
    for problem in problems:
        for path in (*problem.removes, *problem.restores):
            folder = results.joinpath(*path.relative_to(results).parts[:2])
            with ExitStack() as held:
                if folder.is_dir() and not all_locks(folder, held):
                    raise SeedmaskError(f"{folder}: a job is writing there; wait until it has ended and repair again")
                if path in problem.restores:
                    write_atomic(path, problem.restores[path])
                else:
                    path.unlink(missing_ok=True)
            changed.append(path)
    return sorted(set(changed))


def remove_variant(results: Path, reference: str) -> None:
    """Delete all of a variant, its scores too.

    Raises:
        SeedmaskError: a job is writing it.
    """
    with ExitStack() as held:
        if not all_locks(results / reference, held):
            raise SeedmaskError(f"{results / reference}: a job is writing there; it is not deleted")
        shutil.rmtree(results / reference)
    shutil.rmtree(results / "evaluation" / reference, ignore_errors=True)


def shard_damage(results: Path, reference: str) -> Iterator[Damage]:
    """Damage of a variant with shards: its store and its manifests."""
    folder = results / reference
    recipes = set()
    try:
        shards = expected_shards(results, reference)
    except SeedmaskError as error:
        yield Damage(reference, f"its shards are not known ({error})", "run snakemake")
        return
    whole: list[Manifest] = []
    for shard in shards:
        path = folder / "manifests" / f"{shard}.json"
        if not path.exists():
            yield Damage(f"{reference} shard {shard}", "missing: not finished, or being made again", "run snakemake")
            continue
        try:
            whole.append(Manifest.read(path))
        except SeedmaskError as error:
            remedy = f"delete {path}, run snakemake"
            yield Damage(f"{reference} shard {shard}", f"manifest damaged ({error})", remedy, (path,))
    if whole and (problem := _metadata(folder, whole[0], StoreSize.of(StoredIndex(results)))):
        yield problem
        return
    for manifest in whole:
        recipes.add(manifest.recipe)
        yield from _damage(folder, manifest, folder / "manifests" / f"{manifest.shard}.json")
    if len(recipes) > 1:
        yield Damage(reference, "its shards were made with different settings or code", "run snakemake")


def _metadata(folder: Path, manifest: Manifest, size: StoreSize) -> Damage | None:
    """Damage of the metadata of a store."""
    store = folder / "data.zarr"
    expected = canvas.metadata(Layout.from_json(manifest.layout), size, canvas.attributes_of(manifest.facts))
    damaged = canvas.damaged_metadata(store, expected) if store.exists() else []
    if not damaged:
        return None
    restores = {store / name: expected[name] for name in damaged}
    remedy = "write it again: `seedmask verify --repair`"
    return Damage(str(store / damaged[0]), "metadata of the store missing or damaged", remedy, restores=restores)


def _damage(folder: Path, manifest: Manifest, declared: Path) -> Iterator[Damage]:
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
    assert manifest.shard is not None, manifest.name
    arrays, number = list(manifest.layout["arrays"]), str(int(manifest.shard))
    gone = [name for name in arrays if not (folder / "data.zarr" / name / "c" / number).exists()]
    if gone and (not unreadable or gone == arrays):
        found = f"array {', '.join(gone)} missing"
    elif unreadable:
        found = "torn or bit-flipped"
    else:
        found = "not what the manifest says: written by another run"
    count = f"{len(damaged)} of {len(manifest.images)} images, the first is {damaged[0]}"
    yield Damage(manifest.name, f"{found} ({count})", f"delete {declared} and run snakemake", (declared,))


def network_damage(results: Path, reference: str) -> Iterator[Damage]:
    """Damage of a trained network, or of a training that is not finished."""
    from seedmask.storage.training import checkpoint_is_whole, load_weights

    folder = results / reference
    path = folder / "manifest.json"
    if not checkpoint_is_whole(folder):
        file = folder / "checkpoint.pt"
        yield Damage(str(file), "checkpoint torn or bit-flipped", f"delete {file}: the training starts again", (file,))
    if not path.exists():
        yield Damage(reference, "missing: the training is not finished", "run snakemake, it goes on where it stopped")
        return
    remedy = f"delete {path} and run snakemake"
    try:
        manifest = read_manifest(results, reference)
    except SeedmaskError as error:
        yield Damage(reference, f"manifest damaged ({error})", remedy, (path,))
        return
    try:
        load_weights(results, reference, manifest)
    except SeedmaskError as error:
        found = str(error).rsplit(";", 1)[0]
        yield Damage(reference, f"weights missing or damaged ({found})", remedy, (path,))
    if not metrics_are_whole(folder, manifest):
        yield Damage(str(folder / METRICS_FILE), "missing, or not what the manifest says", remedy, (path,))


def record_damage(results: Path) -> Iterator[Damage]:
    """Damaged records, except manifests, which are checked with their results."""
    for path in sorted(results.rglob("*.json")):
        stage, *inner = path.relative_to(results).parts
        is_made, folder = stage in STAGES, own_folder(results, path)
        if "data.zarr" in inner or folder in (PROOFS, PARTS):
            continue
        if is_made and (folder == "manifests" or path.name == "manifest.json"):
            continue
        try:
            read_record(path)
        except SeedmaskError as error:
            second = is_made and (folder in SEALED or path.name in SEALED)
            remedy = f"delete {path}" + ("" if second else " and run snakemake")
            yield Damage(str(path), found_in(path, error), remedy, (path,))


def fit_damage(results: Path) -> Iterator[Damage]:
    """Damaged parts that jobs over the whole set wrote for the shards of a variant."""
    for fit in sorted(results.glob("*/*/fit.json")):
        with suppress(SeedmaskError):  # reported as a damaged record
            for path, found in damaged_parts(fit.parent):
                yield Damage(str(path), found, f"delete {fit} and run snakemake", (fit, path))


def table_damage(results: Path) -> Iterator[Damage]:
    """Damaged tables of the shards of index and listing."""
    for shard in (path.stem for path in sorted(table_path(results, "0000").parent.glob("*.json"))):
        removes, path = (table_path(results, shard), sealed_path(results, shard)), rows_path(results, shard)
        yield from _read_damage(path, lambda shard=shard: read_rows(results, shard), removes)
    with suppress(SeedmaskError):  # reported as a damaged record
        listing = StoredListing(results, Path())
        for shard in listing.split_rows.shards():
            path = listing_path(results, shard)
            yield from _read_damage(path, lambda shard=shard: listing.images(shard), (summary_path(results),))


def _read_damage(path: Path, read: Callable[[], object], removes: tuple[Path, ...]) -> Iterator[Damage]:
    if not removes[0].exists():
        return
    try:
        read()
    except SeedmaskError as error:
        if str(path) in str(error):  # else reported as a damaged record
            remedy = f"delete {removes[0]} and run snakemake"
            yield Damage(str(path), found_in(path, error), remedy, removes)


def proof_damage(results: Path) -> Iterator[Damage]:
    """Damaged tables, pages and images with a digest beside them."""
    for path in proved_files(results):
        try:
            read_proved(path)
        except SeedmaskError as error:
            found = str(error).split(": ", 1)[1].rsplit(";", 1)[0]
            yield Damage(str(path), found, f"delete {path} and run snakemake", (path, proof_of(path)))
