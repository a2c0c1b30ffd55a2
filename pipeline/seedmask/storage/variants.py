"""Which variants have results, and the shards that each consists of."""

from collections.abc import Iterable
from pathlib import Path

from seedmask.config.stages import STAGES
from seedmask.dataset.index import SplitRows, StoredIndex
from seedmask.errors import SeedmaskError
from seedmask.storage.manifest import Manifest


def variants(results: Path, stages: Iterable[str]) -> list[str]:
    """Variants that have a folder, as `stage/name`."""
    folders = (folder for stage in stages for folder in sorted((results / stage).glob("*")) if folder.is_dir())
    return [f"{folder.parent.name}/{folder.name}" for folder in folders]


def own_folder(results: Path, path: Path) -> str:
    """Name of the folder that a file below the results lies in, as we gave it; empty for the folder of a variant.

    A variant may be called like a folder of ours: `masks/proofs`.
    """
    folders = path.relative_to(results).parts[:-1]
    named = {"evaluation": 3, **dict.fromkeys(STAGES, 2)}
    ours = folders[named.get(folders[0], 0) :] if folders else ()
    return ours[-1] if ours else ""


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
    return SplitRows(StoredIndex(results).counts, made.layout["shard_size"]).shards(made.splits)
