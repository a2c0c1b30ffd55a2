"""Which pictures a contact sheet shows: few, spread over the set, with as many classes as possible."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean as mean
from typing import Any

from seedmask.config.stages import stage_of
from seedmask.dataset.index import Row

Variants = Mapping[str, Mapping[str, Any]]
FIELDS = {"classifiers": "classifier", "segmenters": "segmenter"}
"""What a chain calls a step whose name is not that of its stage."""


@dataclass(frozen=True)
class Chain:
    """A result and what it was made from, each as `stage/name`; None where the chain has no such stage."""

    seeds: str | None = None
    masks: str | None = None
    segmenter: str | None = None
    predictions: str | None = None
    saliency: str | None = None
    """What any of them looked at, the nearest to the end."""
    weak_labels: str | None = None
    """Labels of some pixels that any of them learned from."""
    classifier: str | None = None
    """What learned the tags."""
    end: str = ""
    """The furthest result."""


def chain_to(reference: str, variants: Variants) -> Chain:
    """The chain that ends in a variant of seeds, masks, weak labels or predictions."""
    steps: dict[str, str] = {}
    ahead = [reference]
    while ahead:
        step = ahead.pop(0)
        stage, sources = step.split("/")[0], list(variants[step]["from"])
        steps.setdefault(FIELDS.get(stage, stage), step)  # of a cycle the last round
        for source in [name for name in sources if stage_of(name).holds == "heat"]:
            steps.setdefault("saliency", source)
            sources.remove(source)
        # Beside the first source only weak labels are followed, after it: they may have been made from seeds.
        beside = [name for name in sources[1:] if stage_of(name).holds == "labels"]
        ahead = [*sources[:1], *ahead, *beside]
    return Chain(**steps, end=reference)


def find_chains(variants: Variants) -> list[Chain]:
    """One chain for every result that no other chain passes through, the furthest first.

    A mask that is the seed mask is left out where its seeds are on another sheet: it is shown there.
    """
    found: list[Chain] = []
    passed: set[str] = set()
    for stage in ("predictions", "masks", "weak_labels", "seeds"):
        for reference in [name for name in variants if name.startswith(f"{stage}/")]:
            chain = chain_to(reference, variants)
            plain = variants[reference]["is_seed_mask"] and chain.seeds in passed
            if reference not in passed and not plain:
                found.append(chain)
                passed |= {step for step in (chain.seeds, chain.masks, chain.weak_labels) if step}
    return found


GOLDEN_SECTION = 0.6180339887498949
NO_CLASS = -1


def select_images(rows: Sequence[Row], count: int) -> list[Row]:
    """Some of the rows, always the same ones, in the order of the index.

    Each pick is the picture whose classes were shown least, on average; among equals the steps of the golden section
    decide, which spread over the set without a period that the set could share.
    """
    spread = sorted(range(len(rows)), key=lambda number: (number + 1) * GOLDEN_SECTION % 1)
    shown: Counter[int] = Counter()
    chosen: list[int] = []
    for _ in range(min(count, len(rows))):
        number = min(spread, key=lambda number: mean(shown[tag] for tag in _classes(rows[number])))
        shown.update(_classes(rows[number]))
        spread.remove(number)
        chosen.append(number)
    return [rows[number] for number in sorted(chosen)]


def _classes(row: Row) -> tuple[int, ...]:
    return row.tags or (NO_CLASS,)
