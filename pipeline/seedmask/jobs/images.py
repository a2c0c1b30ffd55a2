"""Numbers of each picture and class: how unsure, how disputed, how far from the tags; and how wrong the masks are."""

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
from seedmask.storage.shard import stored


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `images.csv`, a line a picture of the index, and `classes.csv`, a line a class."""
    catalogue, settings = Catalogue(job.results), job.settings

    def opened(reference: str) -> StoredVariant:
        return stored(job, reference, catalogue.rows(settings["splits"][reference]))

    variants = {reference: opened(reference) for reference in settings["measured"]}
    files = {name: job.results / "evaluation" / name / "tags.json" for name in settings["classifiers"]}
    tag_scores = {name: read_record(file) for name, file in files.items()}
    pixel_labels = {reference: bool(variant.pixel_labels()) for reference, variant in variants.items()}
    lineage = lineage_of(pixel_labels, settings["variants"], tag_scores)
    counts = {reference: ClassCounts(len(catalogue.index.classes), settings["smallest"]) for reference in variants}
    learned = {reference: chain_to(reference, settings["variants"]).masks for reference in variants}
    seeds = opened(lineage.seeds) if lineage.seeds and lineage.masks else None

    pictures = []
    for row in catalogue.index.rows:
        arrays = {reference: variant.read(row.id) for reference, variant in variants.items() if row.id in variant}
        pictures.append(_picture(row, arrays, catalogue, settings))
        masks = {reference: found["mask"] for reference, found in arrays.items()}
        _count(row, masks, counts, learned)
        if seeds and row.split == "train" and lineage.masks in masks and row.id in seeds:
            maps = seeds.read(row.id)
            counts[lineage.masks].add_cams(masks[lineage.masks], maps["cam"], maps["classes"])
    write_proved(job.folder / "images.csv", rankings.images_csv(pictures, list(variants)))
    lines = class_lines(catalogue.index, lineage, tag_scores, counts)
    write_proved(job.folder / "classes.csv", class_table.classes_csv(lines, list(variants)))
    log.info("%d pictures, %d classes, %d variants", len(pictures), len(lines), len(variants))


def _picture(row: Row, arrays: Mapping[str, Arrays], catalogue: Catalogue, settings: Mapping[str, Any]) -> RankedImage:
    masks = {reference: found["mask"] for reference, found in arrays.items()}
    found = [found_classes(mask, settings["smallest"]) for mask in masks.values()]
    names = catalogue.index.classes
    truth = catalogue.truth(row) if row.mask is not None and masks else None
    counting = settings["counting"]
    return RankedImage(
        id=row.id,
        split=row.split,
        confidence=mean_confidence(
            list(masks.values()), [found["confidence"] for found in arrays.values() if "confidence" in found]
        ),
        disagreement=disagreement(list(masks.values())),
        tag_mismatch=None if row.tags is None else tag_mismatch(found, row.tags),
        unsupported=tuple(names[tag] for tag in unsupported_tags(found, row.tags or ())),
        ious={}
        if truth is None
        else {reference: image_iou(truth, mask, len(names) + 1, **counting) for reference, mask in masks.items()},
    )


def _count(
    row: Row, masks: Mapping[str, Labels], counts: Mapping[str, ClassCounts], learned: Mapping[str, str | None]
) -> None:
    """Add a picture's masks to the counts class by class: sizes and agreement of training pictures alone."""
    for reference, mask in masks.items():
        source = masks.get(learned[reference])
        if row.tags is not None:
            counts[reference].add_tags(mask, row.tags)
        if row.tags is not None and row.split == "train":
            counts[reference].add_sizes(mask, row.tags)
        if source is not None and learned[reference] != reference and row.split == "train":
            counts[reference].add_masks(mask, source)
