"""Tables of the study of chains: scores of every result, and what is known of it without truth, in Markdown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from statistics import fmean

from chain_label_free import SPLIT, Known, LabelFree, label_free_numbers

from seedmask.config.replicates import replica
from seedmask.evaluation.bootstrap import LEVEL, PairedDifference
from seedmask.plan.variants import Variants
from seedmask.report.comparison import Line, ScoredRun, with_differences
from seedmask.report.rankings import RankedImage, read_images, spearman
from seedmask.report.scores import Score, Summary, format_mean, read_score_table, read_scores, summaries
from seedmask.report.times import VariantTime, read_times

BASELINES = {"seeds": "seeds/cam", "masks": "masks/cam_crf", "predictions": "predictions/baseline"}
"""What the results of each stage are compared with."""
NUMBERS = {
    "trust": "trust",
    "tags": "F1 of tags",
    "agreement": "agreement with other masks",
    "crf_change": "change by the CRF",
    "activation": "activation in the masks",
    "salient": "IoU with what stands out",
}
"""Fields of `LabelFree`, in words."""
BAD = 0.2
"""IoU below which a class of a result is bad; from there on it is good."""
LIMITS = tuple(number / 20 for number in range(6, 18))
"""Limits of trust that are tried."""


def side_by_side(plans: Mapping[str, Variants]) -> str:
    """Masks and predictions of all sets in two tables of mIoU; `-` where a set lacks one.

    Args:
        plans: of each set, by its name.
    """
    rows = {name: [row for row in scored_run(plan, all_scores(plan)).rows if not row.variant.startswith("seeds/")]
            for name, plan in plans.items()}  # fmt: skip
    parts = []
    for stage in ("masks", "predictions"):
        found = {(row.variant, name, row.split): row for name, of_set in rows.items() for row in of_set
                 if row.variant.startswith(f"{stage}/")}  # fmt: skip
        columns = [
            (name, split) for name in plans for split in ("train", "val") if (name, split) in {key[1:] for key in found}
        ]
        lines = [
            [variant, *(_miou(found.get((variant, *column))) for column in columns)]
            for variant in dict.fromkeys(key[0] for key in found)
        ]
        if lines:
            parts.append(f"{stage}, mIoU:\n\n{_markdown(('', *map(', '.join, columns)), lines)}")
    return "\n".join(parts)


def _miou(row: Summary | None) -> str:
    return "-" if row is None else format_mean(row.numbers["miou"], row.deviations["miou"])


def scored_run(plan: Variants, scores: Sequence[Score]) -> ScoredRun:
    """Scores of a set, replicates summarised, but those of thresholds that truth chose."""
    rows = tuple(row for row in summaries(scores) if row.threshold_mode != "oracle")
    return ScoredRun(plan.results.name, plan.results, rows)


def all_scores(plan: Variants) -> list[Score]:
    """Scores of all results and replicates of a set.

    Raises:
        SeedmaskError: they are not complete.
    """
    table = read_score_table(plan.results / "report" / "scores.csv")
    return read_scores(plan.results, dict.fromkeys(replica(one.variant, one.replicate) for one in table))


def set_tables(plan: Variants) -> str:
    """All tables of a set whose results are complete."""
    scores, times = all_scores(plan), read_times(plan.results)
    run = scored_run(plan, scores)
    parts = []
    for stage, baseline in BASELINES.items():
        if of_stage := [(run, row) for row in run.rows if row.variant.startswith(f"{stage}/")]:
            lines = with_differences(of_stage, [run], baseline)
            minutes = {line.row.variant: chain_minutes(plan.made_from([line.row.variant]), times) for line in lines}
            parts.append(f"{stage}, difference from {baseline}:\n\n{score_table(lines, minutes)}")
    known, images = label_free_numbers(plan), read_images(plan.results)
    for stage in ("masks", "predictions"):
        if firsts := first_runs(scores, stage):
            of_stage = [(known.results[one.variant], one) for one in firsts]
            pictures = picture_correlations(known, images, [one.variant for one in firsts])
            parts += [
                f"{stage} of {SPLIT}, without truth:\n\n{label_free_table(of_stage)}",
                f"pictures of {stage} of {SPLIT}, without truth:\n\n{picture_table(pictures)}",
                f"trust of classes in {stage} of {SPLIT}:\n\n{trust_table(class_trusts(known, firsts))}",
            ]
    return "\n".join(parts)


def score_table(lines: Iterable[Line], minutes: Mapping[str, float]) -> str:
    """One line a result: mIoU, its difference from the baseline, thirds of the classes, borders, and time.

    Args:
        lines: results; replicates are summarised.
        minutes: of one core, from pictures to each result.
    """
    interval = f"difference [{LEVEL:.0%} of the pictures]"
    head = ("", "split", "mIoU", interval, "head", "middle", "tail", "boundary IoU", "minutes of a core")
    return _markdown(head, (_cells(line.row, line.difference, minutes[line.row.variant]) for line in lines))


def _cells(row: Summary, difference: PairedDifference | None, minutes: float) -> list[str]:
    compared = "-"
    if difference is not None:
        compared = f"{difference.value:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"
    name = row.variant + (" (uses pixel labels)" if row.pixel_labels else "")
    scores = (format_mean(row.numbers[score], row.deviations[score]) for score in ("miou", "boundary_miou"))
    miou, boundary = scores
    thirds = (format_mean(row.groups[third]) for third in ("head", "middle", "tail"))
    return [name, row.split, miou, compared, *thirds, boundary, f"{minutes:.1f}"]


def chain_minutes(made_from: Iterable[str], times: Iterable[VariantTime]) -> float:
    """Minutes of the jobs of a result and of all that it is made from; each of them has one thread.

    Args:
        made_from: the result and what it is made from.
        times: of all variants; those with a fit have it apart, as `masks/cam_crf fit`.
    """
    wanted = {name for reference in made_from for name in (reference, f"{reference} fit")}
    return sum(time.seconds for time in times if time.name in wanted) / 60


def first_runs(scores: Iterable[Score], stage: str) -> list[Score]:
    """Scores of a stage on the training pictures, of replicates the first, without what learned from truth."""
    return [
        one
        for one in scores
        if one.variant.startswith(f"{stage}/") and one.split == SPLIT and not one.replicate and not one.pixel_labels
    ]


def label_free_table(compared: Sequence[tuple[LabelFree, Score]]) -> str:
    """One line a result, the best by truth first, and a last one with rank correlations."""
    order = sorted(compared, key=lambda pair: -(pair[1].numbers["miou"] or 0))
    columns = [field.name for field in fields(LabelFree)]
    lines = [
        [one.variant, format_mean(one.numbers["miou"]), *(format_mean(getattr(known, name)) for name in columns)]
        for known, one in order
    ]
    correlations = [rank_correlation(compared, name) for name in columns]
    last = ["Spearman with the mIoU", "", *("-" if value is None else f"{value:+.2f}" for value in correlations)]
    return _markdown(("", "mIoU", *(NUMBERS[name] for name in columns)), [*lines, last])


def rank_correlation(compared: Iterable[tuple[LabelFree, Score]], name: str) -> float | None:
    """Spearman's, of a label-free number with the true mIoU over results; None where it is undefined."""
    pairs = [(getattr(known, name), one.numbers["miou"]) for known, one in compared]
    return spearman([(a, b) for a, b in pairs if a is not None and b is not None])


def picture_correlations(
    known: Known, images: Iterable[RankedImage], results: Iterable[str]
) -> dict[str, dict[str, float]]:
    """Spearman's, of each label-free number with the true mIoU over the pictures of each result, where defined."""
    of_split = [image for image in images if image.split == SPLIT]
    correlations: dict[str, dict[str, float]] = {}
    for result in results:
        ious = {image.id: image.ious.get(result) for image in of_split}
        for column in (field.name for field in fields(LabelFree)):
            pairs = [(getattr(known.pictures[result][image], column), iou) for image, iou in ious.items()]
            value = spearman([(a, b) for a, b in pairs if a is not None and b is not None])
            if value is not None:
                correlations.setdefault(column, {})[result] = value
    return correlations


def picture_table(correlations: Mapping[str, Mapping[str, float]]) -> str:
    """One line a label-free number: its rank correlations over the pictures, mean over the results and range."""
    head = ("Spearman with the mIoU of a picture", "results", "mean", "lowest", "highest")
    return _markdown(
        head,
        (
            [NUMBERS[name], str(len(found)), *(f"{one(found.values()):+.2f}" for one in (fmean, min, max))]
            for name, found in correlations.items()
        ),
    )


def class_trusts(known: Known, scored: Iterable[Score]) -> list[tuple[float, float]]:
    """Trust and true IoU of every class of every result that has both."""
    pairs = [(known.trust[one.variant].get(name), iou) for one in scored for name, iou in one.classes.items()]
    return [(trust, iou) for trust, iou in pairs if trust is not None and iou is not None]


def trust_table(classes: Sequence[tuple[float, float]]) -> str:
    """One line a limit: how many of the bad classes, and of the good ones, have a trust below it.

    Args:
        classes: trust and true IoU.
    """
    bad = [trust for trust, iou in classes if iou < BAD]
    good = [trust for trust, iou in classes if iou >= BAD]
    head = ("trust below", f"of {len(bad)} with an IoU below {BAD}", f"of {len(good)} with at least {BAD}")
    return _markdown(head, ([f"{limit:.2f}", _below(bad, limit), _below(good, limit)] for limit in LIMITS))


def _below(trusts: Sequence[float], limit: float) -> str:
    return f"{sum(trust < limit for trust in trusts) / len(trusts):.0%}" if trusts else "-"


def _markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    rows = [head, ["---"] * len(head), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
