"""Commands that say in numbers how good results are, and how long they took."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from string import ascii_uppercase
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from seedmask.cli.app import (
    Force,
    app,
    explain_mark,
    explain_origins,
    marked,
    print_table,
    refuse_to_overwrite,
    table_of,
)
from seedmask.cli.target import TARGET, TARGET_FIRST, Words, find_target, split_runs, split_words


@app.command()
def scores(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[TARGET]... [VARIANT]...",
            show_default=False,
            help="Configurations or folders of results, and variants behind them if only some are to be shown. "
            "(config.yaml, else the only folder in results/; all variants)",
        ),
    ] = None,
    baseline: Annotated[
        str | None,
        typer.Option(
            help="What differences are taken from: a variant, like masks/crf; a run, for its same variant; or a "
            "variant of a run, like results/cows/masks/crf."
        ),
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only scores of this split.")] = None,
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Show what must not stand in one table in several tables.")
    ] = False,
) -> None:
    """Scores of all variants with their protocol; of one run also classes that are not to be trusted.

    Of several runs, a table over all of them, unless protocols, families or first weights differ.
    """
    from seedmask.report.comparison import read_runs, tables, with_differences

    targets, variants = split_runs(words)
    runs = read_runs([target.results for target in targets], variants, split)
    parts = tables(runs, mixed)
    for number, part in enumerate(parts):
        if number:
            typer.echo()
        _print_scores(with_differences(part, runs, baseline), len(runs) > 1, baseline)
    if not any(parts):
        typer.echo("no truth masks: nothing to score")
    if len(runs) == 1:
        _print_advice(runs[0].results, runs[0].rows)


def _print_scores(lines: Sequence[Any], several_runs: bool, baseline: str | None) -> None:
    """A table of scores, below what they depend on."""
    from seedmask.evaluation.bootstrap import LEVEL, ROUNDS
    from seedmask.report.scores import format_mean
    from seedmask.report.terms import terms_lines

    if not lines:
        return
    rows = [line.row for line in lines]
    for text in terms_lines(rows):
        typer.echo(text)
    typer.echo()
    several = any(row.runs > 1 for row in rows)
    numbers = (">mIoU", ">boundary", ">accuracy", *[">difference"] * bool(baseline), ">images", *[">runs"] * several)
    table = table_of(*["run"] * several_runs, "split", "variant", "threshold", *numbers)
    for line in lines:
        row = line.row
        threshold = row.threshold_mode + (f" {row.threshold:.3f}" if row.threshold is not None else "")
        values = [format_mean(row.numbers[name], row.deviations[name]) for name in _SHOWN]
        values += [_difference(line.difference)] * bool(baseline)
        counts = [str(row.images), *[str(row.runs)] * several]
        name = marked(row.variant, row.pixel_labels, row.made_elsewhere)
        table.add_row(*[escape(line.run.name)] * several_runs, row.split, name, threshold, *values, *counts)
    print_table(table)
    if several:
        typer.echo("of several runs: mean ± standard deviation of the sample")
    if baseline:
        typer.echo(
            f"difference: mIoU less that of {baseline} on the same pictures, with its {LEVEL:.0%} interval over "
            f"{ROUNDS:,} resamples of the pictures"
        )
    explain_mark(row.pixel_labels for row in rows)
    explain_origins(row.made_elsewhere for row in rows)


def _difference(difference: Any) -> str:
    if difference is None:
        return "-"
    return f"{difference.value:+.3f} [{difference.low:+.3f}, {difference.high:+.3f}]"


def _print_advice(results: Path, rows: Sequence[Any]) -> None:
    """Classes that are not to be trusted, and where the report is."""
    from seedmask.report.advice import terminal_lines
    from seedmask.report.class_table import read_classes, trust_correlations
    from seedmask.report.learning import read_training_history

    lines = read_classes(results)
    networks = dict.fromkeys(
        name for line in lines for name in (line.lineage.classifier, line.lineage.segmenter) if name
    )
    measured = [name for name in networks if (results / name / "metrics.jsonl").exists()]
    for warning in terminal_lines(lines, read_training_history(results, measured)):
        typer.echo(warning)
    for one in trust_correlations(lines, rows):
        typer.echo(f"{one.split}: rank correlation of trust with the IoU of {one.variant}: {one.spearman:.2f}")
    typer.echo(f"report: {results / 'report.html'}")


_SHOWN = ("miou", "boundary_miou", "pixel_accuracy")


@app.command(options_metavar=TARGET_FIRST)
def tags(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="VARIANT",
            help="Masks or predictions, like predictions/crf." + TARGET,
        ),
    ],
    smallest: Annotated[
        float, typer.Option(min=0, max=1, help="Share of a picture that a class must cover to count as found.")
    ] = 0.01,
) -> None:
    """Compare the classes found in each picture with its tags: a way to choose without any truth mask."""
    from seedmask.report.agreement import variant_agreements
    from seedmask.report.scores import format_mean, mean_and_deviation

    target, variants = split_words(words)
    rows = variant_agreements(target.results, variants, smallest)
    several = any(len(line.runs) > 1 for line in rows)
    numbers = (">images", ">precision", ">recall", ">F1", ">pixels off tags", *[">runs"] * several)
    table = table_of("split", "variant", *numbers)
    for line in rows:
        shares = zip(*((run.precision, run.recall, run.f1, run.outside_share) for run in line.runs), strict=True)
        values = (format_mean(*mean_and_deviation(share)) for share in shares)
        counts = [str(len(line.runs))] * several
        name = marked(line.variant, line.pixel_labels, line.made_elsewhere)
        table.add_row(line.split, name, str(line.images), *values, *counts)
    print_table(table)
    if several:
        typer.echo("of several runs: mean ± standard deviation of the sample")
    explain_mark(line.pixel_labels for line in rows)
    explain_origins("; ".join(line.made_elsewhere) for line in rows)


@app.command(options_metavar=TARGET_FIRST)
def classes(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="VARIANT",
            help="Variants side by side, like seeds/cam seeds/seam." + TARGET,
        ),
    ],
    split: Annotated[str, typer.Option(help="Images that are scored, and whose tags are counted.")] = "train",
    threshold: Annotated[
        str | None, typer.Option(help="Which scores of seeds, like oracle.", show_default="label_free")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Plot to write as well, a PNG.")] = None,
    force: Force = False,
) -> None:
    """Scores class by class, the most frequent first: IoU, over- and under-activation, and their means over thirds."""
    from seedmask.report.class_scores import class_report

    refuse_to_overwrite(out, force)
    target, variants = split_words(words)
    report = class_report(target.results, variants, split, threshold)
    _print_classes(report)
    if out:
        from seedmask.report.class_plot import plot_png

        png = plot_png(report)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(png)
        typer.echo(str(out))


def _print_classes(report: Any) -> None:
    letters = ascii_uppercase[: len(report.variants)]
    several = any(len(variant.runs) > 1 for variant in report.variants)
    key = table_of("", "split", "variant", "threshold", ">images", *[">runs"] * several)
    for letter, variant in zip(letters, report.variants, strict=True):
        counts = [str(variant.images), *[str(len(variant.runs))] * several]
        name = marked(variant.name, variant.pixel_labels, variant.made_elsewhere)
        key.add_row(letter, report.split, name, variant.threshold_text, *counts)
    print_table(key)
    typer.echo()
    print_table(_class_table(report, letters))
    typer.echo()
    typer.echo("over, under: false positives and false negatives as shares of the union of truth and prediction")
    with_background = ", with background" if report.background else ""
    typer.echo(f"head, middle, tail: thirds of the classes by images; all: its IoU is the mIoU{with_background}")
    if several:
        typer.echo("of several runs: mean")
    explain_mark(variant.pixel_labels for variant in report.variants)
    explain_origins(variant.made_elsewhere for variant in report.variants)


def _class_table(report: Any, letters: str) -> Table:
    from seedmask.report.scores import format_mean

    shares = [heading for letter in letters for heading in (f">{letter} IoU", ">over", ">under")]
    two = len(letters) == 2
    table = table_of("class", ">images", "third", *shares, *[">B - A"] * two)
    for line in filter(None, (*report.classes, report.background, *report.thirds, report.all)):
        values = [format_mean(value) for share in line.shares for value in (share.iou, share.over, share.under)]
        gain = "-" if line.gain is None else f"{line.gain:+.3f}"
        images = "" if line.images is None else str(line.images)
        table.add_row(escape(line.name), images, line.third, *values, *[gain] * two)
    return table


class Order(StrEnum):
    """What `rank` orders by; `seedmask.report.rankings` computes each."""

    disagreement = "disagreement"
    confidence = "confidence"
    tag_mismatch = "tag_mismatch"
    iou = "iou"


@app.command()
def rank(
    target: Words = None,
    by: Annotated[Order, typer.Option(help="What comes first: much of it; little confidence; a low IoU.")] = (
        Order.disagreement
    ),
    variant: Annotated[
        str | None, typer.Option(help="Masks or predictions whose IoU is shown.", show_default="the furthest")
    ] = None,
    split: Annotated[str | None, typer.Option(help="Only these pictures.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Pictures to list.")] = 20,
) -> None:
    """Pictures to look at first, by what can be known without truth; and how far truth agrees with that order."""
    from seedmask.report.rankings import MEASURES, order_images, rank_correlations, read_images
    from seedmask.report.scores import format_mean

    listed = order_images(read_images(find_target(target).results), by.value, variant, split)
    table = table_of("image", "split", *(f">{measure}" for measure in MEASURES), ">IoU", "tags without support")
    for image in listed.images[:count]:
        measures = (format_mean(getattr(image, measure)) for measure in MEASURES)
        iou = format_mean(image.ious.get(listed.variant))
        table.add_row(escape(image.id), image.split, *measures, iou, escape(", ".join(image.unsupported)))
    print_table(table)
    typer.echo(f"the first {min(count, len(listed.images))} of {len(listed.images)} pictures by {by.value}")
    for one in rank_correlations(listed.images):
        if one.variant == listed.variant and one.spearman is not None:
            typer.echo(
                f"{one.split}: rank correlation of {one.measure} with a low IoU of {one.variant}: {one.spearman:.2f}"
            )


@app.command()
def times(target: Words = None) -> None:
    """Seconds of each variant's jobs."""
    from seedmask.report.times import read_times

    table = table_of("variant", ">jobs", ">seconds", ">images", ">seconds an image")
    rows = read_times(find_target(target).results)
    for time in rows:
        each = "" if time.each is None else f"{time.each:.3f}"
        table.add_row(time.name, str(time.jobs), f"{time.seconds:.1f}", str(time.images or ""), each)
    print_table(table)
    typer.echo(f"all jobs one after the other: {sum(time.seconds for time in rows):.1f} s")
