"""What can be wrong with stored files, each kind found in its own way, and what puts it right."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from seedmask.config.stages import STAGES
from seedmask.dataset.index import read_rows, rows_path, sealed_path, table_path
from seedmask.dataset.listing import StoredListing, summary_path
from seedmask.dataset.listing import shard_path as listing_path
from seedmask.errors import Problem, SeedmaskError, found_in
from seedmask.storage import canvas
from seedmask.storage.canvas import Layout
from seedmask.storage.fits import PARTS, damaged_parts
from seedmask.storage.manifest import Manifest, read_manifest
from seedmask.storage.metrics import FILE as METRICS_FILE
from seedmask.storage.metrics import metrics_are_whole
from seedmask.storage.proofs import FOLDER as PROOFS
from seedmask.storage.proofs import proof_of, proved_files, read_proved
from seedmask.storage.reader import read_entry
from seedmask.storage.records import read_record
from seedmask.storage.variants import expected_shards, own_folder

SEALED = ("sealed", "sealed.json")
"""Folder or file of the second copy of a manifest."""


@dataclass(frozen=True, order=True)
class Damage(Problem):
    """Something wrong with stored results, and what puts it right."""

    removes: tuple[Path, ...] = field(default=(), compare=False)
    """Files to delete, so that the next run makes them again; none where a run does so without."""
    restores: Mapping[Path, bytes] = field(default_factory=dict, compare=False)
    """Files to write anew, whose content follows from a manifest."""


def of_shards(results: Path, reference: str) -> Iterator[Damage]:
    """What is wrong with a variant that is cut into shards: the store and its manifests."""
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
    if whole and (problem := _metadata(folder, whole[0])):
        yield problem
        return
    for manifest in whole:
        recipes.add(manifest.recipe)
        yield from _damage(folder, manifest, folder / "manifests" / f"{manifest.shard}.json")
    if len(recipes) > 1:
        yield Damage(reference, "its shards were made with different settings or code", "run snakemake")


def _metadata(folder: Path, manifest: Manifest) -> Damage | None:
    """What says how the arrays of a store lie on disk."""
    store = folder / "data.zarr"
    expected = canvas.metadata(Layout.from_json(manifest.layout), canvas.attributes_of(manifest.facts))
    damaged = canvas.damaged_metadata(store, expected) if store.exists() else []
    if not damaged:
        return None
    restores = {store / name: expected[name] for name in damaged}
    remedy = "write it anew: `seedmask verify --repair`"
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
    arrays = list(manifest.layout["arrays"])
    gone = [name for name in arrays if not (folder / "data.zarr" / name / "c" / str(int(manifest.shard))).exists()]
    if gone and (not unreadable or gone == arrays):
        found = f"array {', '.join(gone)} missing"
    elif unreadable:
        found = "torn or bit-flipped"
    else:
        found = "not what the manifest says: written by another run"
    count = f"{len(damaged)} of {len(manifest.images)} images, the first is {damaged[0]}"
    yield Damage(manifest.name, f"{found} ({count})", f"delete {declared} and run snakemake", (declared,))


def of_network(results: Path, reference: str) -> Iterator[Damage]:
    """What is wrong with a trained network, or with a training that is not finished."""
    from seedmask.storage.training import checkpoint_is_whole, load_weights

    folder = results / reference
    path = folder / "manifest.json"
    if not checkpoint_is_whole(folder):
        file = folder / "checkpoint.pt"
        yield Damage(str(file), "checkpoint torn or bit-flipped", f"delete {file}: the training starts anew", (file,))
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


def of_records(results: Path) -> Iterator[Damage]:
    """Every small file that proves itself, but the manifests, which are looked at with what they stand for."""
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


def of_parts(results: Path) -> Iterator[Damage]:
    """What jobs over the whole set left for the shards of a variant."""
    for fit in sorted(results.glob("*/*/fit.json")):
        with suppress(SeedmaskError):  # told as a damaged record
            for path, found in damaged_parts(fit.parent):
                yield Damage(str(path), found, f"delete {fit} and run snakemake", (fit, path))


def of_tables(results: Path) -> Iterator[Damage]:
    """Pictures of each shard, as they were indexed and as they were listed."""
    for shard in (path.stem for path in sorted(table_path(results, "0000").parent.glob("*.json"))):
        removes, path = (table_path(results, shard), sealed_path(results, shard)), rows_path(results, shard)
        yield from _table(path, lambda shard=shard: read_rows(results, shard), removes)
    with suppress(SeedmaskError):  # told as a damaged record
        listing = StoredListing(results, Path())
        for shard in listing.split_rows.shards():
            path = listing_path(results, shard)
            yield from _table(path, lambda shard=shard: listing.images(shard), (summary_path(results),))


def _table(path: Path, read: Callable[[], object], removes: tuple[Path, ...]) -> Iterator[Damage]:
    if not removes[0].exists():
        return
    try:
        read()
    except SeedmaskError as error:
        if str(path) in str(error):  # else told as a damaged record
            remedy = f"delete {removes[0]} and run snakemake"
            yield Damage(str(path), found_in(path, error), remedy, removes)


def of_proved(results: Path) -> Iterator[Damage]:
    """Tables, pages and pictures with a digest beside them."""
    for path in proved_files(results):
        try:
            read_proved(path)
        except SeedmaskError as error:
            found = str(error).split(": ", 1)[1].rsplit(";", 1)[0]
            yield Damage(str(path), found, f"delete {path} and run snakemake", (path, proof_of(path)))
