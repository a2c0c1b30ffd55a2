"""Numbers of each image and class: confidence, disagreement, distance from the tags, and IoU where there is truth."""

from collections.abc import Mapping
from typing import Any

from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.evaluation.images import disagreement, image_iou, mean_confidence, tag_mismatch, unsupported_tags
from seedmask.evaluation.label_free import ClassCounts, found_classes
from seedmask.job import Job, log
from seedmask.methods.weak_labels import Labels
from seedmask.report import class_table, rankings
from seedmask.report.chain import chain_to
from seedmask.report.class_table import class_lines, lineage_of
from seedmask.report.rankings import RankedImage
from seedmask.storage.reader import Arrays, StoredVariant
from seedmask.storage.records import read_record, write_proved
from seedmask.storage.shard import open_variant


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `images.csv`, one line per image of the index, and `classes.csv`, one line per class."""
    catalogue, settings = Catalogue(job.results), job.settings

    def open_stored(reference: str) -> StoredVariant:
        return open_variant(job, reference, catalogue.rows(settings["splits"][reference]))

    variants = {reference: open_stored(reference) for reference in settings["measured"]}
    files = {name: job.results / "evaluation" / name / "tags.json" for name in settings["classifiers"]}
    tag_scores = {name: read_record(file) for name, file in files.items()}
    pixel_labels = {reference: bool(variant.pixel_labels()) for reference, variant in variants.items()}
    lineage = lineage_of(pixel_labels, settings["variants"], tag_scores)
    counts = {reference: ClassCounts(len(catalogue.index.classes), settings["smallest"]) for reference in variants}
    sources = {reference: chain_to(reference, settings["variants"]).masks for reference in variants}
    seeds = open_stored(lineage.seeds) if lineage.seeds and lineage.masks else None

    images = []
    for row in catalogue.index.rows:
        arrays = {reference: variant.read(row.id) for reference, variant in variants.items() if row.id in variant}
        images.append(_measure(row, arrays, catalogue, settings))
        masks = {reference: stored_arrays["mask"] for reference, stored_arrays in arrays.items()}
        _count(row, masks, counts, sources)
        if seeds and row.split == "train" and lineage.masks in masks and row.id in seeds:
            seed = seeds.read(row.id)
            counts[lineage.masks].add_cams(masks[lineage.masks], seed["cam"], seed["classes"])
    write_proved(job.folder / "images.csv", rankings.images_csv(images, list(variants)))
    lines = class_lines(catalogue.index, lineage, tag_scores, counts)
    write_proved(job.folder / "classes.csv", class_table.classes_csv(lines, list(variants)))
    log.info("%d pictures, %d classes, %d variants", len(images), len(lines), len(variants))


def _measure(row: Row, arrays: Mapping[str, Arrays], catalogue: Catalogue, settings: Mapping[str, Any]) -> RankedImage:
    masks = {reference: stored_arrays["mask"] for reference, stored_arrays in arrays.items()}
    found = [found_classes(mask, settings["smallest"]) for mask in masks.values()]
    labels = catalogue.index.labels
    names, counting = labels.classes, {**settings["counting"], "background": labels.background}
    truth = catalogue.truth(row) if row.mask is not None and masks else None
    return RankedImage(
        id=row.id,
        split=row.split,
        confidence=mean_confidence(
            list(masks.values()), [one["confidence"] for one in arrays.values() if "confidence" in one]
        ),
        disagreement=disagreement(list(masks.values())),
        tag_mismatch=None if row.tags is None else tag_mismatch(found, row.tags),
        unsupported=tuple(names[tag] for tag in unsupported_tags(found, row.tags or ())),
        ious={}
        if truth is None
        else {reference: image_iou(truth, mask, len(names) + 1, **counting) for reference, mask in masks.items()},
    )


def _count(
    row: Row, masks: Mapping[str, Labels], counts: Mapping[str, ClassCounts], sources: Mapping[str, str | None]
) -> None:
    """Add the masks of an image to the counts of each class; sizes and agreement count training images only.

    Args:
        row: the image.
        masks: its masks by variant.
        counts: of each variant.
        sources: the masks from which each variant was learned.
    """
    for reference, mask in masks.items():
        source = sources[reference]
        if row.tags is not None:
            counts[reference].add_tags(mask, row.tags)
        if row.tags is not None and row.split == "train":
            counts[reference].add_sizes(mask, row.tags)
        if source is not None and source in masks and source != reference and row.split == "train":
            counts[reference].add_masks(mask, masks[source])
