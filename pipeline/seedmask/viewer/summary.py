"""Current state of each variant; the page polls it while results are being made."""

import functools
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from seedmask.config.stages import SHARDED, stage_of
from seedmask.dataset.index import Index, SplitRows
from seedmask.errors import SeedmaskError
from seedmask.storage.manifest import Manifest
from seedmask.storage.records import read_record
from seedmask.storage.variants import list_variants

Expected = Callable[[tuple[str, ...], int], list[int]]
"""Shards that hold images of some splits, for a shard size."""
CONSTANT = ("fixed", "label_free", "oracle")
"""Threshold modes whose background score is one number, unlike exponents and stored planes."""


def summarise_variants(results: Path, index: Index) -> list[dict[str, Any]]:
    """Every variant that has a folder, in the order of the layers."""
    references = sorted(list_variants(results, SHARDED), key=lambda name: stage_of(name).layer)

    @functools.cache
    def expected(splits: tuple[str, ...], size: int) -> list[int]:
        return [int(shard) for shard in SplitRows.of((row.split for row in index.rows), size).shards(splits)]

    return [_variant(results, expected, reference) for reference in references]


def _variant(results: Path, expected: Expected, reference: str) -> dict[str, Any]:
    paths = sorted((results / reference / "manifests").glob("[0-9][0-9][0-9][0-9]*.json"))
    known = {"name": reference, "version": _version(paths), "finished": [int(path.stem) for path in paths]}
    try:
        # A shard that is being made again has no manifest for a while; its sealed copy still describes it.
        descriptions = [*paths, *sorted((results / reference / "sealed").glob("*.json"))]
        if not descriptions:
            return {**known, "problem": "no shard is finished yet"}
        facts = _facts(results, expected, reference, _read(descriptions[0], _version(descriptions[:1])))
        finished = [shard for shard in known["finished"] if shard in facts["expected"]]
        return {**known, "problem": None, **facts, "finished": finished}
    except SeedmaskError as error:
        return {**known, "problem": str(error)}
    except LookupError:
        return {**known, "problem": f"{descriptions[0]}: names no arrays; delete it and run snakemake"}


@functools.lru_cache(maxsize=512)
def _read(path: Path, version: str) -> Manifest:  # noqa: ARG001  it is the cache's key
    """A manifest of some version, without its images, which are the largest part."""
    return Manifest.read(path).model_copy(update={"images": ()})


def _facts(results: Path, expected: Expected, reference: str, made: Manifest) -> dict[str, Any]:
    size = made.layout["shard_size"]
    return {
        "arrays": made.layout["arrays"],
        "shard_size": size,
        "expected": expected(made.splits, size),
        "splits": made.splits,
        "settings": made.settings,
        "pixel_labels": made.pixel_labels,
        "facts": made.facts,
        "thresholds": _thresholds(results, reference),
    }


def _version(manifests: Sequence[Path]) -> str:
    """A digest that changes whenever a shard is finished, deleted or made again."""
    sha = hashlib.sha256()
    for path in manifests:
        try:
            facts = path.stat()
        except FileNotFoundError:  # deleted in the meantime
            continue
        sha.update(f"{path.name} {facts.st_size} {facts.st_mtime_ns}\0".encode())
    return sha.hexdigest()[:16]


def _thresholds(results: Path, reference: str) -> list[dict[str, Any]]:
    """Constant background scores at which seeds were scored, each mode once."""
    if stage_of(reference).holds != "cams":
        return []
    try:
        scores = read_record(results / "evaluation" / reference / "scores.json")["results"]
        protocols = [result["protocol"] for result in scores]
        modes = {protocol["threshold_mode"]: protocol["threshold"] for protocol in reversed(protocols)}
    except (SeedmaskError, OSError, LookupError, TypeError):
        return []  # not scored yet: the page's slider shows no marks
    return [{"mode": mode, "value": value} for mode, value in modes.items() if mode in CONSTANT]
