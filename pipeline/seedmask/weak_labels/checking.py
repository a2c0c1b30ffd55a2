"""A look at the files of weak labels before a run: whether the labels of each image could be made from them."""

import importlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from seedmask.dataset.entries import ListedImage
from seedmask.dataset.images import header_size
from seedmask.dataset.index import Index, Row
from seedmask.dataset.listing import facts_by_files
from seedmask.errors import InputError, Problem, SeedmaskError
from seedmask.plan import Plan
from seedmask.weak_labels.images import LabelImages
from seedmask.weak_labels.options import AnnotationOptions, DrawnLabelsOptions


def label_problems(plan: Plan) -> list[Problem]:
    """Everything that is wrong with the files of a plan's weak labels; each once, whatever variants read the file."""
    read = [
        (reference, options)
        for reference, options in plan.config.variants()
        if isinstance(options, AnnotationOptions) and options.files()
    ]
    if not read:
        return []
    index = listed_index(plan)
    found = (problem for reference, options in read for problem in _problems(options, index, plan.splits(reference)))
    return list(dict.fromkeys(found))


def listed_index(plan: Plan) -> Index:
    """Whole pictures of a plan's listing, with sizes of an earlier index or of headers; none is read in full.

    Images whose header cannot be read are left out: the job `index` says what is wrong with them.
    """
    listing, root = plan.listing, Path(plan.config.dataset.root)
    facts = facts_by_files(plan.results)

    def size(image: ListedImage) -> tuple[int, int] | None:
        known = facts.get(image.files)
        return known.picture if known else header_size(root / image.image)

    listed = (image for shard in listing.split_rows.shards() for image in listing.images(shard))
    images = list({image.picture: image for image in listed}.values())
    with ThreadPoolExecutor() as pool:
        sizes = pool.map(size, images)
    rows = (
        Row(image.picture, image.image, image.split, *size, image.tags, "", image.mask, None)
        for image, size in zip(images, sizes, strict=True)
        if size is not None
    )
    return Index(listing.classes, rows, plan.config.dataset.background)


def _problems(options: AnnotationOptions, index: Index, splits: Sequence[str]) -> Iterator[Problem]:
    rows = [row for row in index.rows if row.split in splits]
    try:
        if isinstance(options, DrawnLabelsOptions) and options.folder and options.codes:
            LabelImages(Path(options.folder), options.codes, index.classes).check(rows)
        else:
            importlib.import_module(options.module_beside("fit")).read(options, index, rows)
    except InputError as error:
        yield from error.problems
    except SeedmaskError as error:
        found, _, remedy = str(error).partition("; ")
        yield Problem(str(options.files()[0]), found, remedy)
