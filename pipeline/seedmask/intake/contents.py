"""Contents of a folder: images with tags and splits, classes, masks; and notes about what is unusual."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from seedmask.dataset.formats.listing import split_rank
from seedmask.dataset.images import read_mask
from seedmask.errors import SeedmaskError
from seedmask.intake.class_names import MOST_CLASSES, changed
from seedmask.intake.facts import Sizes, picture_reading, read_sizes
from seedmask.intake.labelling import Labelling
from seedmask.intake.mask_values import Draw, Masks, classes_of, read_masks
from seedmask.intake.options import ReadingOptions
from seedmask.intake.scan import FolderScan
from seedmask.intake.splits import UNTAGGED
from seedmask.intake.tagged_images import (
    FolderLabels,
    TaggedImages,
    listed_names,
    masked_images,
    read_folder_labels,
    tagged_images,
)

CONTRADICTING = 0.2
"""Share of masks that may hold classes that the tags of their images lack, as tags are forgotten now and then."""


@dataclass(frozen=True)
class Contents:
    """A folder as it will be used.

    Args:
        scan: its files.
        options: choices of the user.
        kind: kind of the labels; empty without labels.
        labelling: the labels; None without labels.
        sizes: sizes of the images that can be read.
        classes: the classes in their order.
        tags: tags of each image that has some.
        splits: split of each image that is used.
        split_rule: what gave the splits, for people.
        masks: truth masks that can be used.
        notes: peculiarities and decisions, one sentence each.
        direct: whether a format may read the folder unchanged; its listing decides.
    """

    scan: FolderScan
    options: ReadingOptions
    kind: str
    labelling: Labelling | None
    sizes: Sizes
    classes: tuple[str, ...]
    tags: Mapping[str, tuple[str, ...]]
    splits: Mapping[str, str]
    split_rule: str
    masks: Masks | None
    notes: tuple[str, ...] = field(default=())
    direct: bool = False

    @cached_property
    def drawings(self) -> dict[str, Draw]:
        """How each mask is drawn that no file holds with these numbers, by the path of the image."""
        if self.masks:
            drawings = dict(self.masks.drawings)
        else:
            numbers = {name: number for number, name in enumerate(self.classes, start=1)}
            outlines = self.labelling.drawings if self.labelling else {}
            drawings = {image: partial(draw, numbers) for image, draw in outlines.items()}
        return {image: draw for image, draw in drawings.items() if image in self.splits}

    def draw_mask(self, image: str) -> UInt8[np.ndarray, "H W"] | None:
        """Truth mask of an image with class numbers; None where it has none.

        Raises:
            SeedmaskError: it is not of the size of its image.
        """
        if self.masks and image in self.masks.of and image not in self.masks.drawings:
            return read_mask(self.masks.of[image])[0]
        if image not in self.drawings:
            return None
        mask, (width, height) = self.drawings[image](), self.sizes.of[image]
        if mask.shape != (height, width):
            raise SeedmaskError(
                f"{self.scan.folder / image}: has {width} x {height} pixels, its labels are of {mask.shape[1]} x "
                f"{mask.shape[0]}; restore the picture that was labelled, or leave masks out with `--masks none`"
            )
        return mask

    def of_split(self, split: str) -> list[str]:
        """Images of a split."""
        return [image for image, name in self.splits.items() if name == split]

    def split_names(self) -> list[str]:
        """Splits that have images, in the usual order."""
        return sorted(set(self.splits.values()), key=split_rank)

    def id(self, image: str) -> str:
        """Path of an image in tables."""
        return self.scan.below_base(image)


def read_folder(folder: Path, options: ReadingOptions | None = None) -> Contents:
    """Read a folder.

    Args:
        folder: the folder.
        options: choices of the user.

    Raises:
        QuestionError: it can be read in several ways, and no option chooses one.
        SeedmaskError: no image can be read; labels, splits or masks contradict each other or cannot be read.
    """
    labels = read_folder_labels(folder, options or ReadingOptions())
    sizes = read_sizes(labels.scan.images, picture_reading(labels.options))
    if not sizes.of:
        raise SeedmaskError(f"{folder}: none of {len(labels.scan.images)} pictures can be read; {_first(sizes)}")
    labels.notes[:] = [*labels.notes, *_odd_pictures(labels.scan, sizes)]
    if labels.labelling:
        return _labelled(labels, labels.labelling, sizes)
    return _unlabelled(labels, sizes)


def _labelled(labels: FolderLabels, labelling: Labelling, sizes: Sizes) -> Contents:
    read = tagged_images(labels, labelling, list(sizes.of))
    masks = read_masks(labels.scan, sizes, read.classes, labels.listed)
    if masks:
        _require_same_order(masks, read.classes, read.tags, labelling)
    direct = not sizes.unusable and _is_direct(labels, labelling, read, masks)
    notes = (*read.notes, *(masks.notes if masks else ()), *(labelling.layout_notes if direct else ()))
    return Contents(
        labels.scan,
        labels.options,
        labels.kind,
        read.labelling,
        sizes,
        read.classes,
        read.tags,
        read.splits,
        read.split_rule,
        masks,
        tuple(dict.fromkeys(notes)),
        direct=direct,
    )


def _is_direct(labels: FolderLabels, labelling: Labelling, read: TaggedImages, masks: Masks | None) -> bool:
    """Whether a format may read the files as they are, since nothing was changed, drawn or left out."""
    scan, splits = labels.scan, labels.splits
    changes = [
        labelling.layout is None,
        labelling.drawings,
        scan.duplicates,
        changed(read.names),
        UNTAGGED in read.splits.values(),
        labels.listed and labels.listed.dropped,
        splits.files or (splits.of and not labelling.splits),
        labels.options.masks is not None,
        masks and masks.folder != scan.folder / (labelling.masks or "masks"),
    ]
    as_listed = {**dict.fromkeys(read.splits, "train"), **splits.of}
    return not any(changes) and read.splits.items() <= as_listed.items()


def _require_same_order(
    masks: Masks, classes: Sequence[str], tags: Mapping[str, tuple[str, ...]], labelling: Labelling
) -> None:
    """Refuse masks whose numbers contradict the tags, as where numbers follow another order than the alphabet.

    Raises:
        SeedmaskError: many masks hold classes that their image lacks.
    """
    both = [image for image in masks.by_picture if image in tags]
    drawn = {image: {classes[number - 1] for number in masks.by_picture[image]} for image in both}
    wrong = [image for image in both if drawn[image] - set(tags[image])]
    if len(wrong) > CONTRADICTING * len(both):
        image = wrong[0]
        raise SeedmaskError(
            f"{masks.source} and {labelling.source} contradict each other about {len(wrong)} of {len(both)} pictures "
            f"({image}: masks {', '.join(sorted(drawn[image]))}; tags {', '.join(tags[image]) or 'none'}); list the "
            "classes in classes.txt in the order of their numbers in masks, or leave masks out with `--masks none`"
        )


def _unlabelled(labels: FolderLabels, sizes: Sizes) -> Contents:
    """Images with masks alone, or without any labels."""
    scan, options, images = labels.scan, labels.options, list(sizes.of)
    named = listed_names(labels)
    masks = read_masks(scan, sizes, named, labels.listed)
    classes = named or (classes_of(masks) if masks else ())
    if masks and not named:
        labels.notes.append(f"masks have numbers up to {masks.highest}: write the names of classes into classes.txt")
    if masks and not 0 < len(classes) <= MOST_CLASSES:
        raise SeedmaskError(f"{masks.source}: {len(classes)} classes, expected 1 to {MOST_CLASSES}")
    read = masked_images(labels, images, list(masks.of) if masks else [], classes)
    notes = tuple(dict.fromkeys((*read.notes, *(masks.notes if masks else ()))))
    return Contents(scan, options, read.kind, None, sizes, read.classes, {}, read.splits, read.split_rule, masks, notes)


def _odd_pictures(scan: FolderScan, sizes: Sizes) -> list[str]:
    notes = []
    if sizes.unusable:
        notes.append(f"{len(sizes.unusable)} pictures cannot be used and are left out; the first: {_first(sizes)}")
    if scan.duplicates:
        notes.append(
            f"{len(scan.duplicates)} pictures differ from another one in their suffix alone and are left out "
            f"({scan.duplicates[0]})"
        )
    if scan.masks.drawn and not scan.masks.of:
        drawn = scan.masks.drawn
        notes.append(f"{len(drawn)} files are taken neither for pictures nor for masks ({drawn[0]})")
    if not sizes.whole:
        notes.append(f"of {len(sizes.of)} pictures the headers were read; the job `index` reads all of them in full")
    return notes


def _first(sizes: Sizes) -> str:
    return next(iter(sizes.unusable.values()))
