"""`seedmask`: look at results, check them and take them out. Work is done by `snakemake`, never here."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from string import ascii_uppercase
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from typer.core import TyperGroup

from pipeline.config.graph import Config, load
from pipeline.errors import InputError, SeedmaskError


class _PlainErrors(TyperGroup):
    """Prints an error meant for the user without a traceback; the exit status is 1."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except SeedmaskError as error:
            typer.echo(f"seedmask: {error}", err=True)
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_PlainErrors,
    help="Look at the results of a run, check them and export them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class Format(StrEnum):
    """Formats of `export`; `pipeline.inspect.export` has a writer for each."""

    png = "png"
    voc = "voc"
    coco = "coco"
    yolo = "yolo"
    labelstudio = "labelstudio"
    confidence = "confidence"
    heat = "heat"
    tiff = "tiff"
    saliency = "saliency"


Results = Annotated[Path, typer.Argument(help="Folder of a data set's results, like results/stamps.")]


@app.command()
def scores(results: Results) -> None:
    """Table of the scores of all variants, and where the report is."""
    from pipeline.inspect.scores import in_words, read_csv, summaries

    found = summaries(read_csv(results / "report" / "scores.csv"))
    several = any(score.runs > 1 for score in found)
    numbers = (">mIoU", ">boundary", ">accuracy", ">images", *[">runs"] * several)
    table = _table("split", "variant", "threshold", *numbers)
    for score in found:
        threshold = score.threshold_mode + (f" {score.threshold:.3f}" if score.threshold is not None else "")
        values = (in_words(score.numbers[name], score.deviations[name]) for name in _SHOWN)
        counts = [str(score.images), *[str(score.runs)] * several]
        table.add_row(score.split, _marked(score.variant, score.pixel_labels), threshold, *values, *counts)
    if found:
        _print(table)
    else:
        typer.echo("no truth masks: nothing to score")
    if several:
        typer.echo("of several runs: mean ± standard deviation of the sample")
    _explain_mark(score.pixel_labels for score in found)
    typer.echo(f"report: {results / 'report' / 'index.html'}")


def _marked(name: str, pixel_labels: Any) -> str:
    return f"{name} *" if pixel_labels else name


def _explain_mark(pixel_labels: Iterable[Any]) -> None:
    if any(pixel_labels):
        typer.echo("* uses pixel labels: a bound, not a result")


_SHOWN = ("miou", "boundary_miou", "pixel_accuracy")


@app.command()
def tags(
    variants: Annotated[list[str], typer.Argument(help="Masks or predictions, like predictions/crf.")],
    results: Annotated[Path, typer.Option(help="Folder of a data set's results, like results/stamps.")],
    smallest: Annotated[
        float, typer.Option(min=0, max=1, help="Share of a picture that a class must cover to count as found.")
    ] = 0.01,
) -> None:
    """Compare the classes found in each picture with its tags: a way to choose without any truth mask."""
    from pipeline.inspect.agreement import agreements
    from pipeline.inspect.scores import in_words, mean_and_deviation

    found = agreements(results, variants, smallest)
    several = any(len(line.runs) > 1 for line in found)
    numbers = (">images", ">precision", ">recall", ">F1", ">pixels off tags", *[">runs"] * several)
    table = _table("split", "variant", *numbers)
    for line in found:
        shares = zip(*((run.precision, run.recall, run.f1, run.outside_share) for run in line.runs), strict=True)
        values = (in_words(*mean_and_deviation(share)) for share in shares)
        counts = [str(len(line.runs))] * several
        table.add_row(line.split, _marked(line.variant, line.pixel_labels), str(line.images), *values, *counts)
    _print(table)
    if several:
        typer.echo("of several runs: mean ± standard deviation of the sample")
    _explain_mark(line.pixel_labels for line in found)


@app.command()
def classes(
    variants: Annotated[list[str], typer.Argument(help="Results side by side, like seeds/cam seeds/seam.")],
    results: Annotated[Path, typer.Option(help="Folder of a data set's results, like results/stamps.")],
    split: Annotated[str, typer.Option(help="Images that are scored, and whose tags are counted.")] = "train",
    threshold: Annotated[
        str | None, typer.Option(help="Which scores of seeds, like oracle.", show_default="label_free")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Plot to write as well, a PNG.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Scores class by class, the most frequent first: IoU, over- and under-activation, and their means over thirds."""
    from pipeline.inspect.classes import class_report

    if out and out.exists() and not force:
        raise SeedmaskError(f"{out} is there already; choose another name, or overwrite with --force")
    report = class_report(results, variants, split, threshold)
    _print_classes(report)
    if out:
        from pipeline.inspect.class_plot import png

        picture = png(report)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(picture)
        typer.echo(str(out))


def _print_classes(report: Any) -> None:
    letters = ascii_uppercase[: len(report.variants)]
    several = any(len(variant.runs) > 1 for variant in report.variants)
    key = _table("", "split", "variant", "threshold", ">images", *[">runs"] * several)
    for letter, variant in zip(letters, report.variants, strict=True):
        counts = [str(variant.images), *[str(len(variant.runs))] * several]
        name = _marked(variant.name, variant.pixel_labels)
        key.add_row(letter, report.split, name, variant.threshold_in_words, *counts)
    _print(key)
    typer.echo()
    _print(_class_table(report, letters))
    typer.echo()
    typer.echo("over, under: false positives and false negatives as shares of the union of truth and prediction")
    typer.echo("head, middle, tail: thirds of the classes by images; all: background too, so that its IoU is the mIoU")
    if several:
        typer.echo("of several runs: mean")
    _explain_mark(variant.pixel_labels for variant in report.variants)


def _class_table(report: Any, letters: str) -> Table:
    from pipeline.inspect.scores import in_words

    shares = [heading for letter in letters for heading in (f">{letter} IoU", ">over", ">under")]
    two = len(letters) == 2
    table = _table("class", ">images", "third", *shares, *[">B - A"] * two)
    for line in (*report.classes, report.background, *report.thirds, report.all):
        values = [in_words(value) for share in line.shares for value in (share.iou, share.over, share.under)]
        gain = "-" if line.gain is None else f"{line.gain:+.3f}"
        images = "" if line.images is None else str(line.images)
        table.add_row(escape(line.name), images, line.third, *values, *[gain] * two)
    return table


@app.command()
def verify(
    results: Results,
    clean: Annotated[bool, typer.Option("--clean", help="Remove left-over partial files, and nothing else.")] = False,
) -> None:
    """Prove every stored image and network against its manifest; exit status 1 if anything is wrong."""
    from pipeline.storage import verify as storage

    if clean:
        for path in storage.clean(results):
            typer.echo(f"removed {path}")
    problems = storage.verify(results)
    for problem in problems:
        typer.echo(str(problem))
    if problems:
        raise typer.Exit(1)
    typer.echo(f"{results}: everything is whole")


@app.command()
def export(
    variant: Annotated[str, typer.Argument(help="Which results, like masks/crf, predictions/crf or seeds/cam.")],
    out: Annotated[Path, typer.Option(help="Folder for the files, named by image.")],
    results: Annotated[Path, typer.Option(help="Folder of a data set's results, like results/stamps.")],
    to: Annotated[Format, typer.Option(help="Format of the files.")] = Format.png,
    force: Annotated[bool, typer.Option("--force", help="Overwrite files that are there.")] = False,
) -> None:
    """Write results for other programs.

    Masks: png (VOC's palette: 0 background, 1 the first class, 255 ignored), voc (the same in VOC's layout), coco
    (JSON), yolo (polygons), labelstudio (tasks to correct). Else: confidence, saliency (grey), heat (over the picture),
    tiff (an activation map for each class).
    """
    from pipeline.inspect.export import FORMATS
    from pipeline.inspect.export.stored import open_variant

    typer.echo(f"{FORMATS[to.value](results, variant, out, force=force)} files in {out}")
    for way in open_variant(results, variant).pixel_labels():
        typer.echo(f"uses pixel labels: {way}")


@app.command()
def compare(
    variants: Annotated[list[str], typer.Argument(help="Results side by side, like seeds/cam masks/crf masks/ppg.")],
    out: Annotated[Path, typer.Option(help="Picture to write, a PNG.")],
    results: Annotated[Path, typer.Option(help="Folder of a data set's results, like results/stamps.")],
    image: Annotated[list[str] | None, typer.Option(help="Image to show; may be given more than once.")] = None,
    count: Annotated[int, typer.Option(min=1, help="Images to choose when none is named.")] = 4,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")] = False,
) -> None:
    """Draw variants side by side on the same pictures: seeds and saliency as heat, the others as labels."""
    from pipeline.inspect.compare import compare as drawn

    if out.exists() and not force:
        raise SeedmaskError(f"{out} is there already; choose another name, or overwrite with --force")
    picture = drawn(results, variants, image or (), count)
    out.parent.mkdir(parents=True, exist_ok=True)
    picture.save(out, format="PNG")
    typer.echo(str(out))


@app.command()
def check(
    files: Annotated[
        list[Path] | None, typer.Argument(help="Configuration; later files override earlier ones. [config.yaml]")
    ] = None,
) -> None:
    """Check a configuration and its data set's lists; show the variants and jobs, running nothing."""
    from pipeline.job import SHARDED
    from pipeline.plan import Plan

    plan = Plan(_configuration(files or [Path("config.yaml")]))
    if plan.listing.problems:
        raise InputError(f"data set {plan.config.dataset.root}", plan.listing.problems)
    for note in plan.listing.notes:
        typer.echo(f"note: {note}")
    table = _table("variant", "from", "splits", ">jobs")
    jobs = 2  # index and report
    for reference, settings in plan.config.variants():
        sharded = reference.split("/")[0] in SHARDED
        once = len(plan.manifests(reference)) + bool(settings.fit()) + (reference in plan.scored())
        times = plan.replicates[reference]
        splits = ", ".join(plan.splits(reference)) if sharded else ""
        made_from = [*settings.references(), *["truth"] * settings.reads_truth(), *settings.files()]
        sources = ", ".join(made_from) or ("pictures" if settings.provenance() else "tags")
        table.add_row(reference + (f" × {times}" if times > 1 else ""), sources, splits, str(once * times))
        jobs += once * times
    _print(table)
    images = len(plan.listing.entries)
    typer.echo(f"{images} images, {len(plan.listing.classes)} classes; {jobs} jobs with index, scores and report")


@app.command()
def times(results: Results) -> None:
    """Seconds of each variant's jobs."""
    from pipeline.inspect.times import read_times

    table = _table("variant", ">jobs", ">seconds", ">images", ">seconds an image")
    found = read_times(results)
    for time in found:
        each = "" if time.each is None else f"{time.each:.3f}"
        table.add_row(time.name, str(time.jobs), f"{time.seconds:.1f}", str(time.images or ""), each)
    _print(table)
    typer.echo(f"all jobs one after the other: {sum(time.seconds for time in found):.1f} s")


def _configuration(files: list[Path]) -> Config:
    """Files merged as `snakemake --configfile` merges them."""
    import yaml
    from snakemake.utils import update_config

    merged: dict = {}
    for file in files:
        try:
            update_config(merged, yaml.safe_load(file.read_text(encoding="utf-8")) or {})
        except OSError as error:
            raise SeedmaskError(f"{file}: cannot be read ({error.strerror}); name an existing file") from None
        except yaml.YAMLError as error:
            raise SeedmaskError(f"{file}: is not YAML ({error})") from None
    return load(merged, files)


def _table(*headings: str) -> Table:
    """Headings that start with `>` stand over numbers."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        table.add_column(heading.lstrip(">"), justify="right" if heading.startswith(">") else "left", no_wrap=True)
    return table


def _print(table: Table) -> None:
    console = Console()
    # A file or a pipe has no width; its lines must not be cut.
    Console(width=None if console.is_terminal else 160).print(table)


if __name__ == "__main__":
    app()
