"""What a result learned from besides the pictures of its data set and their labels."""

from collections.abc import Iterator
from pathlib import Path

from seedmask.config.stages import STAGES, is_sharded
from seedmask.storage.manifest import Manifest

NONE = "none"
"""First weights that were drawn."""


def outside_data(results: Path, reference: str) -> list[str]:
    """First weights, networks and programs from elsewhere that went into a variant, one line each.

    Args:
        results: `results/<data set>`.
        reference: a variant, `predictions/crf`.

    Raises:
        SeedmaskError: a manifest of what it was made from is missing or damaged.
    """
    lines: list[str] = []
    for name, made in _manifests(results, reference, set()):
        weights = made.settings.get("weights", NONE)
        if "first_weights" in made.facts and weights != NONE:
            lines.append(f"{name} starts from {weights} weights of {made.settings['encoder']}")
        if made.stage == "saliency":
            lines.append(f"{name} was made by a network from elsewhere")
        lines += (f"made elsewhere: {origin}" for origin in made.made_elsewhere)
    return list(dict.fromkeys(lines))


def _manifests(results: Path, reference: str, seen: set[str]) -> Iterator[tuple[str, Manifest]]:
    """One manifest of each variant that went in, the last made first."""
    seen.add(reference)
    folder = results / reference
    paths = sorted((folder / "manifests").glob("*.json")) if is_sharded(reference) else [folder / "manifest.json"]
    made = Manifest.read(paths[0] if paths else folder / "manifests" / "0000.json")
    yield reference, made
    for source in made.inputs:
        if source.split("/")[0] in STAGES and source not in seen:
            yield from _manifests(results, source, seen)
