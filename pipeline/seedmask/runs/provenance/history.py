"""How a result was made: its settings, code, libraries and device, and those of all that it was made from."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from seedmask.config.stages import STAGES, is_sharded
from seedmask.errors import SeedmaskError
from seedmask.storage.changes import INPUTS, flat
from seedmask.storage.fits import PARTS, fit_path, read_fit
from seedmask.storage.manifest import Manifest

DIGITS = 12
"""Digits of a digest that are enough to recognise it."""
INDENT = "  "


def history(results: Path, reference: str, shard: str | None = None, depth: int = 0) -> Iterator[str]:
    """Lines about a result and, indented, about what it was made from.

    Args:
        results: `results/<data set>`.
        reference: `masks/crf`.
        shard: one shard of it; the first that is finished when not given.
        depth: how far to indent.

    Raises:
        SeedmaskError: nothing of it is finished, or its manifest is damaged.
    """
    made, count = _manifest(results, reference, shard)
    shards = f", shard {shard}" if shard else f", {count} shards" if is_sharded(reference) else ""
    yield f"{INDENT * depth}{reference}{shards}: made on {made.device}, digest {made.digest[:DIGITS]}"
    inner = INDENT * (depth + 1)
    yield f"{inner}settings: {_listed(made.settings)}"
    yield f"{inner}{_code(made)}"
    if fit_path(results / reference).exists():
        fit = read_fit(results / reference)
        parts = {PARTS: len(fit.facts[PARTS])} if PARTS in fit.facts else {}
        yield f"{inner}fit over the whole set: {_listed({**fit.facts, **parts})}; {_code(fit)}"
    for way in made.pixel_labels:
        yield f"{inner}pixel labels: {way}"
    for origin in made.made_elsewhere:
        yield f"{inner}made elsewhere: {origin}"
    sources = [name for name in made.inputs if name.split("/")[0] in STAGES]
    for name, digest in made.inputs.items():
        if name not in sources:
            yield f"{inner}{INPUTS.get(name, name)}: {digest[:DIGITS]}"
    for source in sources:
        try:
            yield from history(results, source, shard if is_sharded(source) else None, depth + 1)
        except SeedmaskError as error:
            yield f"{inner}{source}: not known any more ({error})"


def _listed(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in flat(values) if value is not None)


def _code(made: Manifest) -> str:
    others = [f"{name} {version[:DIGITS]}" for name, version in made.basis.items() if name != "code"]
    return f"code {made.basis.get('code', '?')[:DIGITS]}; {', '.join(others)}"


def _manifest(results: Path, reference: str, shard: str | None) -> tuple[Manifest, int]:
    folder = results / reference
    if not is_sharded(reference):
        return Manifest.read(folder / "manifest.json"), 1
    finished = sorted((folder / "manifests").glob("*.json"))
    if not shard and not finished:
        raise SeedmaskError(f"{folder}: nothing of it is finished; run snakemake")
    return Manifest.read(folder / "manifests" / f"{shard}.json" if shard else finished[0]), len(finished)
