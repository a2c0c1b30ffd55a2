"""Numbers of each picture: how unsure, how disputed, how far from its tags, and how wrong its masks are."""

from collections.abc import Mapping
from typing import Any

from pipeline.data.catalogue import Catalogue
from pipeline.data.index import Row
from pipeline.evaluation.images import disagreement, image_iou, mean_confidence, tag_mismatch, unsupported_tags
from pipeline.evaluation.tags import found_classes
from pipeline.inspect.rankings import Picture, as_csv
from pipeline.job import Job, log
from pipeline.storage.files import write_atomic
from pipeline.storage.reader import StoredVariant
from pipeline.storage.shard import stored


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `images.csv`, a line a picture of the index."""
    catalogue = Catalogue(job.results)
    variants = {
        reference: stored(job, reference, catalogue.rows(job.settings["splits"][reference]))
        for reference in job.settings["of"]
    }
    pictures = [_picture(row, variants, catalogue, job.settings) for row in catalogue.index.rows]
    write_atomic(job.folder / "images.csv", as_csv(pictures, list(variants)))
    log.info("%d pictures, %d variants", len(pictures), len(variants))


def _picture(
    row: Row, variants: Mapping[str, StoredVariant], catalogue: Catalogue, settings: Mapping[str, Any]
) -> Picture:
    arrays = {reference: variant.read(row.id) for reference, variant in variants.items() if row.id in variant}
    masks = {reference: found["mask"] for reference, found in arrays.items()}
    found = [found_classes(mask, settings["smallest"]) for mask in masks.values()]
    names = catalogue.index.classes
    truth = catalogue.truth(row) if row.mask is not None and masks else None
    counting = settings["counting"]
    return Picture(
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
