"""Tags and splits of the images of a folder, by its labels and masks, before any image is opened."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from seedmask.errors import SeedmaskError
from seedmask.intake.class_lists import ClassList, listed_classes, read_class_list
from seedmask.intake.class_names import KNOWN_CLASSES, changed, usable_names
from seedmask.intake.file_kinds import other_files
from seedmask.intake.labelling import MASKS, MOST_UNMATCHED, Drawing, Labelling, choose_labelling, find_labellings
from seedmask.intake.labels.table import read_splits
from seedmask.intake.options import NONE, Choice, QuestionError, ReadingOptions
from seedmask.intake.scan import FolderScan, scan_folder
from seedmask.intake.splits import UNTAGGED

EVERY = 5
"""Of images with masks and no tags, one in so many is kept for scores."""
FEW = 5
"""A class with fewer training pictures is pointed out."""
SHOWN = 3


@dataclass(frozen=True)
class _Splits:
    """Split of each image that has one, what gave them, and the files that they are from."""

    of: Mapping[str, str]
    rule: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class FolderLabels:
    """What the files of a folder say.

    Args:
        scan: the files.
        options: choices of the user.
        kind: kind of the labels; empty without labels, and for masks alone.
        labelling: the labels; None without any.
        listed: the list of classes beside them.
        splits: split of each image that has one.
        notes: peculiarities and decisions, one sentence each; readers of the images add theirs.
    """

    scan: FolderScan
    options: ReadingOptions
    kind: str
    labelling: Labelling | None
    listed: ClassList | None
    splits: _Splits
    notes: list[str]


@dataclass(frozen=True)
class TaggedImages:
    """Tags and splits of images.

    Args:
        scan: the files of the folder.
        kind: kind of the labels: `masks` for truth masks alone; empty without labels.
        labelling: the labels; None without tags.
        classes: the classes in their order.
        tags: tags of each image that has some.
        splits: split of each image.
        split_rule: what gave the splits, for people.
        names: name of each class as it is written in the labels.
        notes: peculiarities and decisions, one sentence each.
    """

    scan: FolderScan
    kind: str
    labelling: Labelling | None
    classes: tuple[str, ...]
    tags: Mapping[str, tuple[str, ...]]
    splits: Mapping[str, str]
    split_rule: str
    names: Mapping[str, str]
    notes: tuple[str, ...]

    def id(self, image: str) -> str:
        """Path of an image in tables."""
        return self.scan.below_base(image)


def read_tags(folder: Path, options: ReadingOptions) -> TaggedImages:
    """Read the labels of a folder, and open no image but some that may be masks.

    Args:
        folder: the folder.
        options: choices of the user.

    Raises:
        QuestionError: it can be read in several ways, and no option chooses one.
        SeedmaskError: labels or splits contradict each other or cannot be read.
    """
    labels = read_folder_labels(folder, options)
    scan = labels.scan
    if labels.labelling:
        return tagged_images(labels, labels.labelling, list(scan.images))
    classes = listed_names(labels)
    if scan.masks.of and not classes:
        raise SeedmaskError(f"{folder}: holds masks, but no names of their classes; list them in classes.txt")
    return masked_images(labels, list(scan.images), list(scan.masks.of), classes)


def read_folder_labels(folder: Path, options: ReadingOptions) -> FolderLabels:
    """Read the labels and splits of a folder, whatever their kind; see `read_tags` for the errors."""
    scan = scan_folder(folder, options.masks)
    labellings, unclear = find_labellings(scan, options)
    if options.labels == MASKS:
        labellings = {}
    elif options.labels and not labellings:
        raise SeedmaskError(f"--labels {options.labels}: {folder} holds no labels of this kind; leave the option out")
    kind, notes = choose_labelling(labellings) if labellings else ("", [])
    if kind and labellings[kind].weak and 2 * len(scan.masks.of) >= len(scan.images) and not options.labels:
        raise _folders_or_masks(scan, kind, labellings[kind])
    labelling = labellings.get(kind)
    if labelling and labelling.masks and options.masks is None:
        scan = replace(scan, masks_from=labelling.masks, training_masks=labelling.training_masks)
    listed = listed_classes(scan)
    if labelling and (options.classes or not labelling.named):
        labelling, note = _named(labelling, options.classes, listed)
        notes.append(note)
    if listed and listed.dropped:
        notes.append(f"{listed.path}: {', '.join(listed.dropped)} stands for no class, and is left out of the list")
    splits = _splits(scan, kind, labelling, options)
    used = {*splits.files, *((listed.file,) if listed else ()), *(f for one in labellings.values() for f in one.files)}
    said = [*scan.notes, *(labelling.notes if labelling else ()), *notes, *unclear, *splits.notes]
    return FolderLabels(scan, options, kind, labelling, listed, splits, [*said, *other_files(scan, used)])


def tagged_images(labels: FolderLabels, labelling: Labelling, images: Sequence[str]) -> TaggedImages:
    """Tags and splits by labels.

    Raises:
        SeedmaskError: many names mean no image, or nothing can be learned.
    """
    names = usable_names(labelling.all_classes())
    notes = [*labels.notes, *changed(names), *_cases(names.values())]
    taken = [image for image in images if not labelling.closed or image in labelling.tags or image in labelling.splits]
    tags = {image: tuple(names[tag] for tag in labelling.tags[image]) for image in taken if image in labelling.tags}
    _require_matched(labelling, [image for image in taken if image not in tags], labels.options)
    split_of = {image: _split(image, tags, labels.splits) for image in taken}
    _require_training(labels.scan, labelling, split_of, labels.splits, tags)
    if unknown := [image for image, split in split_of.items() if split == UNTAGGED]:
        notes.append(
            f"{len(unknown)} pictures have no tags ({unknown[0]}): split `{UNTAGGED}`, predicted but not learned from"
        )
    classes = tuple(dict.fromkeys(names.values()))
    notes += _class_notes(classes, tags, split_of)
    labelling = replace(labelling, drawings=_with_names(labelling.drawings, names))
    return TaggedImages(
        labels.scan, labels.kind, labelling, classes, tags, split_of, labels.splits.rule, names, tuple(notes)
    )


def masked_images(
    labels: FolderLabels, images: Sequence[str], masked: Sequence[str], classes: Sequence[str]
) -> TaggedImages:
    """Splits of images that have masks alone, or nothing.

    Raises:
        SeedmaskError: none with a mask is for training.
    """
    scan, splits, notes = labels.scan, labels.splits, labels.notes
    if not masked:
        everything = dict.fromkeys(images, "train")
        return TaggedImages(scan, "", None, (), {}, everything, splits.rule, {}, tuple(notes))
    names, order = usable_names(classes), sorted(masked)
    if splits.of:
        split_of = {image: splits.of.get(image, UNTAGGED) for image in images}
        without = {image for image, split in split_of.items() if split == "train"} - {*masked}
        split_of, rule = split_of | dict.fromkeys(without, UNTAGGED), splits.rule
    elif labels.options.split_from == NONE:
        split_of, rule = dict.fromkeys(images, UNTAGGED) | dict.fromkeys(order, "train"), splits.rule
    else:
        kept = order[EVERY - 1 :: EVERY]
        split_of = dict.fromkeys(images, UNTAGGED) | dict.fromkeys(order, "train") | dict.fromkeys(kept, "val")
        rule = f"every {EVERY}th picture with a mask is kept for scores"
        notes.append(f"{len(kept)} of {len(order)} pictures with masks are kept for scores (`val`, every {EVERY}th)")
    if "train" not in split_of.values():
        raise SeedmaskError(
            f"{scan.folder}: no picture with a mask is for training ({rule}); add some, or take all of them with "
            "`--split-from none`"
        )
    if unknown := [image for image, split in split_of.items() if split == UNTAGGED]:
        notes.append(f"{len(unknown)} pictures have no mask: split `{UNTAGGED}`, predicted ({unknown[0]})")
    notes += [*changed(names), *_cases(names.values())]
    return TaggedImages(scan, MASKS, None, tuple(names.values()), {}, split_of, rule, names, tuple(notes))


def listed_names(labels: FolderLabels) -> tuple[str, ...]:
    """Names of numbered classes, by option or list; empty without any."""
    if labels.options.classes:
        return names_of(labels.options.classes)
    return labels.listed.names if labels.listed else ()


def names_of(classes: str) -> tuple[str, ...]:
    """Names of `voc`, `coco`, or of a file with a name a line.

    Raises:
        SeedmaskError: the file cannot be read.
    """
    if classes in KNOWN_CLASSES:
        return KNOWN_CLASSES[classes].names
    try:
        return read_class_list(Path(classes)).names
    except SeedmaskError as error:
        raise SeedmaskError(f"--classes: {error}; or name {' or '.join(KNOWN_CLASSES)}") from None


def _folders_or_masks(scan: FolderScan, kind: str, labelling: Labelling) -> QuestionError:
    """Folders may be classes, or places of pictures of which masks say what they show."""
    classes = ", ".join(labelling.all_classes()[:SHOWN])
    return QuestionError(
        f"{scan.folder}: folders may be classes, and {len(scan.masks.of)} pictures have masks",
        "labels",
        [
            Choice(kind, f"{labelling.source} are classes ({classes}), and masks are for scores"),
            Choice(MASKS, "masks say what pictures show, and folders mean nothing"),
        ],
    )


def _named(labelling: Labelling, names: str | None, listed: ClassList | None) -> tuple[Labelling, str]:
    """A labelling with names for its numbers, and a note about them."""
    old = labelling.all_classes()
    if not names and not listed:
        return labelling, (
            f"the names of {len(old)} classes are not in the file; replace {old[0]} to {old[-1]} by them in "
            "the classes.txt written here, and run this again with `--classes THAT_FILE --force`"
        )
    source = names or str(listed.path if listed else "")
    new = names_of(names) if names else listed.names if listed else ()
    if len(new) != len(old):
        raise SeedmaskError(f"{source}: {len(new)} classes, but {labelling.source} has {len(old)}; name as many")
    table = dict(zip(old, new, strict=True))
    tags = {image: tuple(table[tag] for tag in found) for image, found in labelling.tags.items()}
    drawings = _with_names(labelling.drawings, table)
    labelling = replace(labelling, tags=tags, classes=tuple(new), named=True, drawings=drawings)
    return labelling, f"the names of the classes are from {source}"


def _with_names(drawings: Mapping[str, Drawing], names: Mapping[str, str]) -> dict[str, Drawing]:
    """Drawings that find the number of a class by the name that it has now."""

    def renamed(draw: Drawing, numbers: Mapping[str, int]) -> UInt8[np.ndarray, "H W"]:
        return draw({**numbers, **{old: numbers[new] for old, new in names.items() if new in numbers}})

    return {image: partial(renamed, draw) for image, draw in drawings.items()}


def _splits(scan: FolderScan, kind: str, labelling: Labelling | None, options: ReadingOptions) -> _Splits:
    """Splits of the files of labels, else of folders.

    Raises:
        QuestionError: the two contradict each other.
    """
    if options.split_from == NONE:
        return _Splits({}, "no split, as `--split-from none` says")
    folders = _Splits(scan.splits.of, scan.splits.rule, notes=_beside(scan))
    if labelling and labelling.splits:
        labels = _Splits(labelling.splits, labelling.split_rule or labelling.source)
    else:
        labels = _Splits({}, "") if kind == "table" else _Splits(*read_splits(scan, options))
    if options.split_from or not labels.of or not folders.of:
        return folders if options.split_from == "folders" or not labels.of else labels
    other = [image for image, split in labels.of.items() if folders.of.get(image, split) != split]
    if other:
        image = other[0]
        raise QuestionError(
            f"{labels.rule} and the {folders.rule} put {len(other)} pictures into different splits",
            "split_from",
            [
                Choice("labels", f"{labels.rule} ({image}: {labels.of[image]})"),
                Choice("folders", f"{folders.rule} ({image}: {folders.of[image]})"),
            ],
        )
    return replace(labels, of={**folders.of, **labels.of}, rule=labels.rule)


def _beside(scan: FolderScan) -> tuple[str, ...]:
    others = scan.splits.others
    return (f"folders {', '.join(others)} stand for no split; their pictures are in none",) if others else ()


def _split(image: str, tags: Mapping[str, object], splits: _Splits) -> str:
    split = splits.of.get(image, "" if splits.of else "train")
    split = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in split.lower())
    return UNTAGGED if image not in tags and split in ("", "train") else split or UNTAGGED


def _require_matched(labelling: Labelling, without: Sequence[str], options: ReadingOptions) -> None:
    """Refuse labels of which many mean no image, while images are without labels.

    Raises:
        SeedmaskError: there are many.
    """
    if options.unmatched or not without or labelling.unmatched <= MOST_UNMATCHED * labelling.names:
        return
    raise SeedmaskError(
        f"{labelling.source}: {labelling.unmatched} of {labelling.names} names mean no picture "
        f"({labelling.unmatched_example}), and {len(without)} pictures are without labels ({without[0]}); correct the "
        "names, bring the pictures, or leave these labels out with `--unmatched`"
    )


def _require_training(
    scan: FolderScan,
    labelling: Labelling,
    split_of: Mapping[str, str],
    splits: _Splits,
    tags: Mapping[str, tuple[str, ...]],
) -> None:
    """Refuse a set from which nothing can be learned.

    Raises:
        SeedmaskError: no picture is for training, or none of them shows a class.
    """
    counts = Counter(split_of.values())
    if not counts["train"]:
        there = ", ".join(f"{split} {number}" for split, number in sorted(counts.items()))
        raise SeedmaskError(
            f"{labelling.source}: tags no picture of a split `train` that can be read ({there}; "
            f"{splits.rule or 'no rule'}); add some to {scan.folder}, or take all of them for training: "
            "`--split-from none`"
        )
    if not any(tags.get(image) for image, split in split_of.items() if split == "train"):
        raise SeedmaskError(
            f"{labelling.source}: none of {counts['train']} training pictures shows a class, so nothing can be "
            "learned; add tags"
        )


def _cases(classes: Iterable[str]) -> list[str]:
    """Notes about classes that differ in capital letters or spaces alone."""
    spellings: dict[str, list[str]] = {}
    for name in dict.fromkeys(classes):
        spellings.setdefault("".join(name.casefold().split()), []).append(name)
    return [
        f"classes {' and '.join(names)} differ in case or spaces alone; correct the labels if they are one class"
        for names in spellings.values()
        if len(names) > 1
    ]


def _class_notes(classes: Iterable[str], tags: Mapping[str, tuple[str, ...]], splits: Mapping[str, str]) -> list[str]:
    """Notes about classes that a classifier can hardly learn."""
    trained = [tags[image] for image, split in splits.items() if split == "train"]
    counts = Counter(name for found in trained for name in set(found))
    notes = [
        f'every training picture shows "{name}": a classifier needs some without it, add pictures without tags'
        for name in classes
        if counts[name] == len(trained)
    ]
    if few := [name for name in classes if counts[name] < FEW]:
        notes.append(f"{len(few)} classes are in fewer than {FEW} training pictures ({few[0]}: {counts[few[0]]})")
    return notes
