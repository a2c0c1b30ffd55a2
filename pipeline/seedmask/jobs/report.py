"""The report of a data set's results as one page; contact sheets and scores also as files."""

import io
from collections.abc import Sequence
from pathlib import Path

from seedmask.config.stages import is_trained
from seedmask.dataset.catalogue import Catalogue
from seedmask.job import Job, log
from seedmask.labels import LabelSet
from seedmask.methods.label_free import cross_entropy_threshold
from seedmask.report.chain import Chain, find_chains, select_images
from seedmask.report.class_table import read_classes
from seedmask.report.learning import read_training_history
from seedmask.report.page import PageContent, render_page
from seedmask.report.rankings import RankedImage, read_images, select_extremes
from seedmask.report.scores import read_scores, scores_csv
from seedmask.report.sheet import Sheet, Sources, draw_extremes, draw_overview, draw_sheet
from seedmask.report.times import find_times, run_started
from seedmask.seeds.cam_sets import pooled_histogram
from seedmask.storage.reader import StoredVariant
from seedmask.storage.records import write_proved
from seedmask.storage.shard import open_variant


def run(job: Job, device: str) -> None:  # noqa: ARG001  drawing is done on the CPU
    """Write `report.html`, and below `report` the contact sheets as `overview.png` and the scores as `scores.csv`."""
    catalogue = Catalogue(job.results)
    variants = job.settings["variants"]
    scores = read_scores(job.results, job.settings["scored"])
    images = read_images(job.results)
    sheets = [_sheet(job, catalogue, chain) for chain in find_chains(variants) or [Chain()]]

    buffer = io.BytesIO()
    draw_overview(sheets, catalogue.index.labels).save(buffer, format="PNG")
    write_proved(job.folder / "overview.png", buffer.getvalue())
    write_proved(job.folder / "scores.csv", scores_csv(scores, catalogue.index.labels.names))
    content = PageContent(
        job.results.name,
        catalogue.index,
        variants,
        scores,
        sheets=[*_extremes(job, catalogue, images), *sheets],
        images=images,
        classes=read_classes(job.results),
        learning=read_training_history(job.results, list(filter(is_trained, job.upstream))),
        times=[time for time in find_times(job.results) if time.name != job.stage],
        started=run_started(Path.cwd()),
    )
    write_proved(job.results / "report.html", render_page(content).encode())
    log.info("%d scores, %d contact sheets: %s", len(scores), len(sheets), job.results / "report.html")


def _sheet(job: Job, catalogue: Catalogue, chain: Chain) -> Sheet:
    references = [
        name for name in (chain.saliency, chain.seeds, chain.masks, chain.weak_labels, chain.predictions) if name
    ]
    variants = {name: open_variant(job, name, catalogue.rows(job.settings["splits"][name])) for name in references}
    rows = [
        row
        for split in (job.settings["splits"][chain.end] if chain.end else catalogue.index.splits)
        for row in select_images(catalogue.index.rows_of(split), job.settings["images"])
    ]
    threshold = _threshold(chain, variants, catalogue.index.labels)
    sources = Sources(catalogue, job.settings["variants"], variants, threshold)
    return draw_sheet(chain, rows, sources)


def _extremes(job: Job, catalogue: Catalogue, images: Sequence[RankedImage]) -> list[Sheet]:
    """Worst, median and best images of the last variants; without truth, the most doubtful ones."""
    rows = {row.id: row for row in catalogue.index.rows}
    return [
        draw_extremes(extremes, rows, open_variant(job, extremes.variant, catalogue.rows([extremes.split])), catalogue)
        for extremes in select_extremes(images, job.settings["variants"])
    ]


def _threshold(chain: Chain, variants: dict[str, StoredVariant], labels: LabelSet) -> dict | None:
    """Background score of the seed mask: that of the chain's masks if it is one number, else the label-free one."""
    if chain.seeds and not labels.background:
        return {"mode": "none"}
    threshold = variants[chain.masks].facts().get("threshold", {}) if chain.masks else {}
    if threshold.get("mode") in ("fixed", "label_free", "oracle"):
        return threshold
    if chain.seeds:
        return {"mode": "label_free", "value": cross_entropy_threshold(pooled_histogram(variants[chain.seeds]))}
    return None
