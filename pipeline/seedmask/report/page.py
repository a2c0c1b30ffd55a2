"""The report as one HTML page, without scripts and external links, every image embedded."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from seedmask.config.replicates import split as split_replicate
from seedmask.config.stages import stage_of
from seedmask.dataset.index import Index
from seedmask.report import charts as drawings
from seedmask.report.advice import LEAST_TRUST, class_verdicts, list_advice, result_warnings
from seedmask.report.chain import Variants
from seedmask.report.class_table import ClassLine, trust_correlations
from seedmask.report.drawing import colour_legend, data_uri, heat_bar
from seedmask.report.learning import TrainingHistory
from seedmask.report.rankings import MEASURES, RankedImage, rank_correlations
from seedmask.report.scores import NUMBERS, Score, confusion_table, summaries
from seedmask.report.sheet import Sheet
from seedmask.report.template import TEMPLATE
from seedmask.report.terms import terms_lines
from seedmask.report.times import VariantTime

HEADINGS = {
    "miou": "mIoU",
    "boundary_miou": "boundary mIoU",
    "pixel_accuracy": "pixel accuracy",
    "foreground_false_positive": "FP share",
    "foreground_false_negative": "FN share",
}
THIRDS = {"head": "frequent third", "middle": "middle third", "tail": "rare third"}


@dataclass(frozen=True)
class PageContent:
    """The content of the page.

    Args:
        name: the data set.
        index: its images.
        variants: all variants of the configuration, in the order of the stages.
        scores: scores of all variants, in the order of the stages; empty without truth.
        sheets: contact sheets.
        images: numbers of each image, in the order of the index.
        classes: what is known of each class without truth.
        learning: metrics of the networks.
        times: how long the jobs took.
        started: when the last run began, in seconds since 1970; None if unknown.
    """

    name: str
    index: Index
    variants: Variants
    scores: Sequence[Score]
    sheets: Sequence[Sheet]
    images: Sequence[RankedImage] = ()
    classes: Sequence[ClassLine] = ()
    learning: Sequence[TrainingHistory] = ()
    times: Sequence[VariantTime] = ()
    started: float | None = None

    @property
    def kept(self) -> frozenset[str]:
        """Variants that existed before the last run."""
        if self.started is None:
            return frozenset()
        last = {}
        for time in self.times:
            name = split_replicate(time.name.removesuffix(" fit"))[0]
            last[name] = max(time.made, last.get(name, 0))
        return frozenset(name for name, made in last.items() if made < self.started)


def render_page(content: PageContent) -> str:
    """The page; equal contents give equal bytes."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "number": _number,
        "uri": data_uri,
        "terms": terms_lines,
        "flatten": flatten_settings,
        "date": _date,
        "confusion": lambda score: confusion_table(score.confusion, content.index.labels.names),
    }
    splits, kept = content.index.splits, content.kept
    tables = [(split, summaries(s for s in content.scores if s.split == split)) for split in splits]
    scores = [score for _, rows in tables for score in rows]
    return environment.from_string(TEMPLATE).render(
        name=content.name,
        splits=[_Split(content.index, split) for split in splits],
        classes=content.index.classes,
        background=content.index.labels.background,
        variants=content.variants,
        graph=Markup(drawings.graph_svg(content.variants, kept)),
        kept=kept,
        warnings=result_warnings(content.classes),
        trust=[line for line in content.classes if any(one.trust is not None for one in content.classes)],
        least_trust=LEAST_TRUST,
        verdicts={verdict.name: verdict for verdict in class_verdicts(content.classes)},
        trusted=trust_correlations(content.classes, scores),
        advice=list_advice(scores, content.images, content.index.rows),
        tables=tables,
        thirds=THIRDS,
        confused=_ends(content.variants),
        scored=bool(content.scores),
        replicated=any(facts["replicates"] > 1 for facts in content.variants.values()),
        numbers=NUMBERS,
        headings=HEADINGS,
        curves=_curves(content.scores),
        correlations=_correlations(content.images),
        measures=list(MEASURES),
        learning=[(one.variant, _learning(one), one.warning) for one in content.learning],
        times=content.times,
        sheets=content.sheets,
        legend=[(name, "#{:02x}{:02x}{:02x}".format(*colour)) for name, colour in colour_legend(content.index.labels)],
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


def flatten_settings(settings: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings as pairs like `crf.iterations`, `10`, without the sources of the variant."""
    pairs = []
    for key, value in settings.items():
        if isinstance(value, Mapping):
            pairs += flatten_settings(value, f"{prefix}{key}.")
        elif prefix or key != "from":
            pairs.append((f"{prefix}{key}", _plain(value)))
    return pairs


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_plain, value))
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return str(value)


def _curves(scores: Sequence[Score]) -> list[tuple[str, str, list[Score], Markup]]:
    """Variant, split, scores at the selected thresholds, and the drawing."""
    pairs = dict.fromkeys((s.variant, s.split) for s in scores if s.curve)
    curves = []
    for variant, split in pairs:
        marked = [s for s in scores if (s.variant, s.split) == (variant, split)]
        curves.append((variant, split, marked, Markup(drawings.threshold_svg(marked[0].curve, marked))))
    return curves


def _ends(variants: Variants) -> frozenset[str]:
    """Variants that no other variant uses, and all predictions: the ones whose mistakes people want to know."""
    sources = {source for facts in variants.values() for source in facts["from"]}
    return frozenset(name for name in variants if stage_of(name).name == "predictions" or name not in sources)


def _correlations(images: Sequence[RankedImage]) -> list[tuple[str, str, Mapping[str, float | None], int]]:
    """Split, variant, rank correlation of each measure, and number of images; without replicates."""
    table: dict[tuple[str, str], dict[str, float | None]] = {}
    counts: dict[tuple[str, str], int] = {}
    for one in rank_correlations(images):
        if not split_replicate(one.variant)[1]:
            table.setdefault((one.split, one.variant), dict.fromkeys(MEASURES))[one.measure] = one.spearman
            counts[one.split, one.variant] = one.images
    return [(*key, measures, counts[key]) for key, measures in table.items()]


def _learning(network: TrainingHistory) -> list[Markup]:
    return [Markup(drawings.metric_svg(name, lines)) for name, lines in network.metrics.items()]


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
