"""The report as one HTML page: no script, no link to elsewhere, every picture inside it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from pipeline.data.index import Index
from pipeline.inspect import drawings
from pipeline.inspect.chain import Variants
from pipeline.inspect.pictures import data_uri, heat_bar, legend
from pipeline.inspect.scores import NUMBERS, Score, summaries
from pipeline.inspect.sheet import Sheet
from pipeline.inspect.template import TEMPLATE

HEADINGS = {
    "miou": "mIoU",
    "boundary_miou": "boundary mIoU",
    "pixel_accuracy": "pixel accuracy",
    "foreground_false_positive": "FP share",
    "foreground_false_negative": "FN share",
}


@dataclass(frozen=True)
class Content:
    """All that the page shows.

    Args:
        name: the data set.
        index: its pictures.
        variants: all variants of the configuration, in the order of the stages.
        scores: scores of all variants, in the order of the stages; empty without truth.
        sheets: contact sheets.
    """

    name: str
    index: Index
    variants: Variants
    scores: Sequence[Score]
    sheets: Sequence[Sheet]


def page(content: Content) -> str:
    """The page; equal contents give equal bytes."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"number": _number, "uri": data_uri, "flat": flat}
    splits = content.index.splits
    return environment.from_string(TEMPLATE).render(
        name=content.name,
        splits=[_Split(content.index, split) for split in splits],
        classes=content.index.classes,
        variants=content.variants,
        graph=Markup(drawings.graph(content.variants)),
        tables=[(split, summaries(s for s in content.scores if s.split == split)) for split in splits],
        scored=bool(content.scores),
        replicated=any(facts["replicates"] > 1 for facts in content.variants.values()),
        numbers=NUMBERS,
        headings=HEADINGS,
        curves=_curves(content.scores),
        sheets=content.sheets,
        legend=[(name, "#{:02x}{:02x}{:02x}".format(*colour)) for name, colour in legend(content.index.classes)],
        bar=data_uri(heat_bar()),
    )


class _Split:
    """Counts of one split."""

    def __init__(self, index: Index, name: str):
        rows = index.rows_of(name)
        self.name = name
        self.images = len(rows)
        self.tagged = sum(row.tags is not None for row in rows)
        self.truth = sum(row.mask is not None for row in rows)
        tags = Counter(tag for row in rows for tag in row.tags or ())
        self.counts = [tags[number] for number in range(len(index.classes))]


def flat(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings as `crf.iterations`, 10; what a variant is made from is left out."""
    found = []
    for key, value in settings.items():
        if isinstance(value, Mapping):
            found += flat(value, f"{prefix}{key}.")
        elif prefix or key != "from":
            found.append((f"{prefix}{key}", _plain(value)))
    return found


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    return {None: "none", True: "yes", False: "no"}[value] if value is None or isinstance(value, bool) else str(value)


def _curves(scores: Sequence[Score]) -> list[tuple[str, str, list[Score], Markup]]:
    """Variant, split, the chosen thresholds, and the drawing."""
    pairs = dict.fromkeys((s.variant, s.split) for s in scores if s.curve)
    found = []
    for variant, split in pairs:
        chosen = [s for s in scores if (s.variant, s.split) == (variant, split)]
        found.append((variant, split, chosen, Markup(drawings.curve(chosen[0].curve, chosen))))
    return found


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
