"""Contents of a folder: images with tags and splits, classes, masks; and notes about what is unusual."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import UInt8

from seedmask.dataset.formats.listing import split_rank
from seedmask.dataset.images import read_mask
from seedmask.errors import SeedmaskError
from seedmask.intake.class_lists import ClassList, listed_classes, read_class_list
from seedmask.intake.class_names import KNOWN_CLASSES, MOST_CLASSES, changed, usable_names
from seedmask.intake.facts import Sizes, picture_reading, read_sizes
from seedmask.intake.file_kinds import other_files
from seedmask.intake.labelling import MASKS, MOST_UNMATCHED, Drawing, Labelling, choose_labelling, find_labellings
from seedmask.intake.labels.table import read_splits
from seedmask.intake.mask_values import Draw, Masks, classes_of, read_masks
from seedmask.intake.options import NONE, Choice, QuestionError, ReadingOptions
from seedmask.intake.scan import FolderScan, scan_folder
from seedmask.intake.splits import UNTAGGED

EVERY = 5
"""Of images with masks and no tags, one in so many is kept for scores."""
FEW = 5
"""A class with fewer training pictures is pointed out."""
SHOWN = 3
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

    @property
    def base(self) -> str:
        """Folder that ids of images are relative to, as a path below the scanned one."""
        return self.scan.base

    @property
    def drawings(self) -> dict[str, Draw]:
        """How each mask is drawn that no file holds with these numbers, by the path of the image."""
        if self.masks:
            drawings = dict(self.masks.drawings)
        else:
            # Files have the names as they are written there, and classes those that every table can hold.
            names = usable_names(self.labelling.all_classes()) if self.labelling else {}
            numbers = {old: self.classes.index(new) + 1 for old, new in names.items()}
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


@dataclass(frozen=True)
class _Splits:
    """Split of each image that has one, what gave them, and the files that they are from."""

    of: Mapping[str, str]
    rule: str
    files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Labels:
    """What the files of a folder say, before any image is opened."""

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
    labels = _read_labels(folder, options)
    scan = labels.scan
    if labels.labelling:
        return _tagged(labels, labels.labelling, list(scan.images))
    classes = _listed_names(labels)
    if scan.masks.of and not classes:
        raise SeedmaskError(f"{folder}: holds masks, but no names of their classes; list them in classes.txt")
    return _masked(labels, list(scan.images), list(scan.masks.of), classes)


def read_folder(folder: Path, options: ReadingOptions | None = None) -> Contents:
    """Read a folder.

    Args:
        folder: the folder.
        options: choices of the user.

    Raises:
        QuestionError: it can be read in several ways, and no option chooses one.
        SeedmaskError: no image can be read; labels, splits or masks contradict each other or cannot be read.
    """
    labels = _read_labels(folder, options or ReadingOptions())
    sizes = read_sizes(labels.scan.images, picture_reading(labels.options))
    if not sizes.of:
        raise SeedmaskError(f"{folder}: none of {len(labels.scan.images)} pictures can be read; {_first(sizes)}")
    labels.notes[:] = [*labels.notes, *_odd_pictures(labels.scan, sizes)]
    if labels.labelling:
        return _labelled(labels, labels.labelling, sizes)
    return _unlabelled(labels, sizes)


def _read_labels(folder: Path, options: ReadingOptions) -> _Labels:
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
        scan = replace(scan, masks_from=labelling.masks)
    listed = listed_classes(scan)
    if labelling and (options.classes or not labelling.named):
        labelling, note = _named(labelling, options.classes, listed)
        notes.append(note)
    if listed and listed.dropped:
        notes.append(f"{listed.path}: {', '.join(listed.dropped)} stands for no class, and is left out of the list")
    splits = _splits(scan, kind, labelling, options)
    used = {*splits.files, *((listed.file,) if listed else ()), *(f for one in labellings.values() for f in one.files)}
    said = [*scan.notes, *(labelling.notes if labelling else ()), *notes, *unclear, *splits.notes]
    return _Labels(scan, options, kind, labelling, listed, splits, [*said, *other_files(scan, used)])


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


def _tagged(labels: _Labels, labelling: Labelling, images: Sequence[str]) -> TaggedImages:
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


def _labelled(labels: _Labels, labelling: Labelling, sizes: Sizes) -> Contents:
    read = _tagged(labels, labelling, list(sizes.of))
    masks = read_masks(labels.scan, sizes, read.classes, labels.listed)
    if masks:
        _require_same_order(masks, read.classes, read.tags, labelling)
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
        tuple(dict.fromkeys((*read.notes, *(masks.notes if masks else ())))),
        direct=not sizes.unusable and _is_direct(labels, labelling, read, masks),
    )


def _is_direct(labels: _Labels, labelling: Labelling, read: TaggedImages, masks: Masks | None) -> bool:
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


def _split(image: str, tags: Mapping[str, object], splits: _Splits) -> str:
    split = splits.of.get(image, "" if splits.of else "train")
    split = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in split.lower())
    return UNTAGGED if image not in tags and split in ("", "train") else split or UNTAGGED


def _listed_names(labels: _Labels) -> tuple[str, ...]:
    """Names of numbered classes, by option or list; empty without any."""
    if labels.options.classes:
        return names_of(labels.options.classes)
    return labels.listed.names if labels.listed else ()


def _unlabelled(labels: _Labels, sizes: Sizes) -> Contents:
    """Images with masks alone, or without any labels."""
    scan, options, images = labels.scan, labels.options, list(sizes.of)
    named = _listed_names(labels)
    masks = read_masks(scan, sizes, named, labels.listed)
    classes = named or (classes_of(masks) if masks else ())
    if masks and not named:
        labels.notes.append(f"masks have numbers up to {masks.highest}: write the names of classes into classes.txt")
    if masks and not 0 < len(classes) <= MOST_CLASSES:
        raise SeedmaskError(f"{masks.source}: {len(classes)} classes, expected 1 to {MOST_CLASSES}")
    read = _masked(labels, images, list(masks.of) if masks else [], classes)
    notes = tuple(dict.fromkeys((*read.notes, *(masks.notes if masks else ()))))
    return Contents(scan, options, read.kind, None, sizes, read.classes, {}, read.splits, read.split_rule, masks, notes)


def _masked(labels: _Labels, images: Sequence[str], masked: Sequence[str], classes: Sequence[str]) -> TaggedImages:
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
    if sizes.longest > 2048:
        notes.append(
            f"the longest side is {sizes.longest} pixels; smaller copies compute in a fraction of the time, "
            "`mogrify -resize 1024x1024` in a copy of the folder"
        )
    return notes


def _first(sizes: Sizes) -> str:
    return next(iter(sizes.unusable.values()))


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
