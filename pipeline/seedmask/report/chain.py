"""What a contact sheet shows: a chain of variants, and few images with as many classes as possible."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean as mean
from typing import Any

from seedmask.config.stages import stage_of
from seedmask.dataset.index import Row

Variants = Mapping[str, Mapping[str, Any]]
FIELDS = {"classifiers": "classifier", "segmenters": "segmenter"}
"""Fields of a chain that are not named like their stage."""


@dataclass(frozen=True)
class Chain:
    """A result and its sources, each as `stage/name`; None where the chain has no such stage."""

    seeds: str | None = None
    masks: str | None = None
    segmenter: str | None = None
    predictions: str | None = None
    saliency: str | None = None
    """Saliency that one of them used, the one nearest to the end."""
    weak_labels: str | None = None
    """Labels of some pixels that one of them learned from."""
    classifier: str | None = None
    """The network that learned the tags."""
    end: str = ""
    """The furthest result."""


def chain_to(reference: str, variants: Variants) -> Chain:
    """The chain that ends in a variant of seeds, masks, weak labels or predictions."""
    steps: dict[str, str] = {}
    ahead = [reference]
    while ahead:
        step = ahead.pop(0)
        stage, sources = step.split("/")[0], list(variants[step]["from"])
        steps.setdefault(FIELDS.get(stage, stage), step)  # the last round of a cycle
        for source in [name for name in sources if stage_of(name).holds == "heat"]:
            steps.setdefault("saliency", source)
            sources.remove(source)
        # Of the other sources only weak labels are followed, last: they may come from seeds themselves.
        beside = [name for name in sources[1:] if stage_of(name).holds == "labels"]
        ahead = [*sources[:1], *ahead, *beside]
    return Chain(**steps, end=reference)


def find_chains(variants: Variants) -> list[Chain]:
    """One chain for every result that no other chain contains, the last stages first.

    A mask that equals the seed mask is left out where another sheet shows its seeds.
    """
    chains: list[Chain] = []
    shown: set[str] = set()
    for stage in ("predictions", "masks", "weak_labels", "seeds"):
        for reference in [name for name in variants if name.startswith(f"{stage}/")]:
            chain = chain_to(reference, variants)
            plain = variants[reference]["is_seed_mask"] and chain.seeds in shown
            if reference not in shown and not plain:
                chains.append(chain)
                shown |= {step for step in (chain.seeds, chain.masks, chain.weak_labels) if step}
    return chains


GOLDEN_SECTION = 0.6180339887498949
NO_CLASS = -1


def select_images(rows: Sequence[Row], count: int) -> list[Row]:
    """Rows of some images, always the same ones, in the order of the index.

    Each step takes the image whose classes were shown least, on average; steps of the golden section decide among
    equals, since they spread over the set without a period that the set could share.
    """
    spread = sorted(range(len(rows)), key=lambda number: (number + 1) * GOLDEN_SECTION % 1)
    counts: Counter[int] = Counter()
    selected: list[int] = []
    for _ in range(min(count, len(rows))):
        number = min(spread, key=lambda number: mean(counts[tag] for tag in _classes(rows[number])))
        counts.update(_classes(rows[number]))
        spread.remove(number)
        selected.append(number)
    return [rows[number] for number in sorted(selected)]


def _classes(row: Row) -> tuple[int, ...]:
    return row.tags or (NO_CLASS,)
