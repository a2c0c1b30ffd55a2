"""Contents of a folder: images with tags and splits, classes, masks; and notes about what is unusual."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from seedmask.dataset.formats.files import id_of
from seedmask.dataset.formats.listing import Findings, split_rank
from seedmask.dataset.formats.text import read_lines
from seedmask.errors import SeedmaskError
from seedmask.intake.class_names import KNOWN_CLASSES, MOST_CLASSES, changed, numbered, usable_names
from seedmask.intake.facts import MaskFacts, Sizes, read_masks, read_sizes
from seedmask.intake.labelling import Labelling, choose_labelling, find_labellings
from seedmask.intake.scan import FolderScan, scan_folder

UNTAGGED = "untagged"
"""Split of images without tags: they are predicted, and nothing is learned from them."""
EVERY = 5
"""Of images with masks and no tags, one in so many is kept for scores."""
FEW = 5
"""A class with fewer training pictures is pointed out."""


@dataclass(frozen=True)
class Contents:
    """A folder as it will be used.

    Args:
        scan: its files.
        kind: kind of the labels; empty without labels.
        labelling: the labels; None without labels.
        sizes: sizes of the images that can be read.
        classes: the classes in their order.
        tags: tags of each image that has some.
        splits: split of each image that is used.
        masks: truth masks that can be used.
        notes: peculiarities and decisions, one sentence each.
        direct: whether a format may read the folder unchanged; its listing decides.
    """

    scan: FolderScan
    kind: str
    labelling: Labelling | None
    sizes: Sizes
    classes: tuple[str, ...]
    tags: Mapping[str, tuple[str, ...]]
    splits: Mapping[str, str]
    masks: MaskFacts | None
    notes: tuple[str, ...] = field(default=())
    direct: bool = False

    @property
    def base(self) -> str:
        """Folder that ids of images are relative to, as a path below the scanned one."""
        return self.scan.base

    def of_split(self, split: str) -> list[str]:
        """Images of a split."""
        return [image for image, name in self.splits.items() if name == split]

    def split_names(self) -> list[str]:
        """Splits that have images, in the usual order."""
        return sorted(set(self.splits.values()), key=split_rank)

    def id(self, image: str) -> str:
        """Path of an image in tables."""
        return str(PurePosixPath(image).relative_to(self.base or "."))


def read_folder(folder: Path, labels: str | None = None, names: str | None = None) -> Contents:
    """Read a folder.

    Args:
        folder: the folder.
        labels: kind of labels to use; the best one when not given.
        names: names of classes that are numbered in the labels: `voc`, `coco`, or a file with a name a line.

    Raises:
        SeedmaskError: no image can be read; labels contradict each other or cannot be read.
    """
    scan = scan_folder(folder)
    labellings = find_labellings(scan, labels)
    if labels and not labellings:
        raise SeedmaskError(f"--labels {labels}: {folder} holds no labels of this kind; leave the option out")
    kind, notes = choose_labelling(labellings) if labellings else ("", [])
    labelling = labellings.get(kind)
    if labelling and (names or not labelling.named):
        labelling, note = _named(labelling, names, scan)
        notes.append(note)
    sizes = read_sizes(scan.images)
    if not sizes.of:
        raise SeedmaskError(f"{folder}: none of {len(scan.images)} pictures can be read; {_first(sizes)}")
    notes = [*scan.notes, *(labelling.notes if labelling else ()), *notes, *_odd_files(scan, sizes, labellings)]
    if labelling:
        return _labelled(scan, kind, labelling, sizes, notes)
    return _unlabelled(scan, sizes, notes)


def _named(labelling: Labelling, names: str | None, scan: FolderScan) -> tuple[Labelling, str]:
    """A labelling with names for its numbers, and a note about them."""
    old = labelling.all_classes()
    listed = names or (str(scan.files["classes.txt"]) if "classes.txt" in scan.files else "")
    if not listed:
        return labelling, (
            f"the names of {len(old)} classes are not in the file; replace {old[0]} to {old[-1]} by them in "
            "the classes.txt written here, and run this again with `--classes THAT_FILE --force`"
        )
    new = KNOWN_CLASSES[listed].names if listed in KNOWN_CLASSES else _names_in(Path(listed))
    if len(new) != len(old):
        raise SeedmaskError(f"{listed}: {len(new)} classes, but {labelling.source} has {len(old)}; name as many")
    table = dict(zip(old, new, strict=True))
    tags = {image: tuple(table[tag] for tag in found) for image, found in labelling.tags.items()}
    return replace(labelling, tags=tags, classes=tuple(new), named=True), f"the names of the classes are from {listed}"


def _names_in(path: Path) -> tuple[str, ...]:
    findings = Findings()
    lines = tuple(line.strip() for _, line in read_lines(path, findings))
    if findings.problems:
        raise SeedmaskError(f"--classes: {findings.problems[0]}, or name {' or '.join(KNOWN_CLASSES)}")
    return lines


def _labelled(scan: FolderScan, kind: str, labelling: Labelling, sizes: Sizes, notes: list[str]) -> Contents:
    names = usable_names(labelling.all_classes())
    notes += changed(names)
    taken = [
        image for image in sizes.of if not labelling.closed or image in labelling.tags or image in labelling.splits
    ]
    tags = {image: tuple(names[tag] for tag in labelling.tags[image]) for image in taken if image in labelling.tags}
    splits = {image: _split(image, labelling) for image in taken}
    if "train" not in splits.values():
        raise SeedmaskError(f"{labelling.source}: tags no picture of a split `train` that can be read; add some")
    if unknown := [image for image, split in splits.items() if split == UNTAGGED]:
        notes.append(
            f"{len(unknown)} pictures have no tags ({unknown[0]}): split `{UNTAGGED}`, predicted but not learned from"
        )
    classes = tuple(dict.fromkeys(names.values()))
    folder = labelling.masks or _mask_folder(scan, notes)
    masks = _masks(scan, folder, sizes, len(classes), notes) if folder else None
    usable = not sizes.unusable and not scan.duplicates and not changed(names) and not unknown
    own = (labelling.masks or scan.folder / "masks") if labelling.layout else None
    direct = labelling.layout is not None and usable and (folder is None or (masks is not None and folder == own))
    notes += _class_notes(classes, tags, splits)
    return Contents(scan, kind, labelling, sizes, classes, tags, splits, masks, tuple(notes), direct)


def _split(image: str, labelling: Labelling) -> str:
    split = labelling.splits.get(image, "" if labelling.splits else "train")
    split = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in split.lower())
    return UNTAGGED if image not in labelling.tags and split in ("", "train") else split or UNTAGGED


def _unlabelled(scan: FolderScan, sizes: Sizes, notes: list[str]) -> Contents:
    """Images with masks alone, or without any labels."""
    folder = _mask_folder(scan, notes)
    masks = _masks(scan, folder, sizes, None, notes) if folder else None
    if masks is None:
        return Contents(scan, "", None, sizes, (), {}, dict.fromkeys(sizes.of, "train"), None, tuple(notes))
    listed = scan.files.get("classes.txt")
    classes = _names_in(listed) if listed else numbered(masks.highest)
    if not listed:
        notes.append(f"masks have numbers up to {masks.highest}: write the names of the classes into classes.txt")
    if masks.highest > len(classes) or not 0 < len(classes) <= MOST_CLASSES:
        raise SeedmaskError(
            f"{folder}: holds numbers up to {masks.highest} for {len(classes)} classes, expected 1 to {MOST_CLASSES}; "
            "write 0 for background, the line in classes.txt for a class, 255 for unlabelled"
        )
    order = sorted(masks.of)
    kept = set(order[EVERY - 1 :: EVERY])
    splits = {p: "val" if p in kept else "train" if p in masks.of else UNTAGGED for p in sizes.of}
    notes.append(f"{len(kept)} of {len(order)} pictures with masks are kept for scores (split `val`, every {EVERY}th)")
    if len(order) < len(splits):
        notes.append(f"{len(splits) - len(order)} pictures have no mask: split `{UNTAGGED}`, predicted")
    return Contents(scan, "masks", None, sizes, classes, {}, splits, masks, tuple(notes))


def _mask_folder(scan: FolderScan, notes: list[str]) -> Path | None:
    if len(scan.mask_folders) > 1:
        notes.append(f"masks lie in {' and '.join(scan.mask_folders)}: put them into one folder; none is used")
    return scan.folder / scan.mask_folders[0] if len(scan.mask_folders) == 1 else None


def _masks(scan: FolderScan, folder: Path, sizes: Sizes, classes: int | None, notes: list[str]) -> MaskFacts | None:
    """Masks if all of them fit; otherwise None, and a note."""
    below = f"{folder.relative_to(scan.folder).as_posix()}/"
    named = {id_of(name.removeprefix(below)): path for name, path in scan.files.items() if name.startswith(below)}
    prefix = f"{scan.base}/" if scan.base else ""
    paired = {image: named[key] for image in sizes.of if (key := id_of(image.removeprefix(prefix))) in named}
    if not paired:
        notes.append(f"{folder}: no mask lies where its picture does below {scan.folder / scan.base}; none is used")
        return None
    masks = read_masks(folder, paired, sizes, classes)
    if masks.wrong:
        notes.append(f"{folder}: masks are not used, {len(masks.wrong)} do not fit; the first: {masks.wrong[0]}")
        return None
    return masks


def _odd_files(scan: FolderScan, sizes: Sizes, labellings: Mapping[str, Labelling]) -> list[str]:
    notes = []
    known = {"classes.txt", "splits.csv", *(name for labelling in labellings.values() for name in labelling.files)}
    others = [name for name in scan.others if name not in known]
    if sizes.unusable:
        notes.append(f"{len(sizes.unusable)} pictures cannot be used and are left out; the first: {_first(sizes)}")
    if scan.duplicates:
        notes.append(
            f"{len(scan.duplicates)} pictures differ from another one in their suffix alone and are left out "
            f"({scan.duplicates[0]})"
        )
    if others:
        notes.append(f"{len(others)} files are neither pictures nor labels that are taken ({others[0]})")
    if sizes.longest > 2048:
        notes.append(
            f"the longest side is {sizes.longest} pixels; smaller copies compute in a fraction of the time, "
            "`mogrify -resize 1024x1024` in a copy of the folder"
        )
    return notes


def _first(sizes: Sizes) -> str:
    return next(iter(sizes.unusable.values()))


def _class_notes(classes: Iterable[str], tags: Mapping[str, tuple[str, ...]], splits: Mapping[str, str]) -> list[str]:
    """Notes about classes that a classifier can hardly learn."""
    trained = [tags[image] for image, split in splits.items() if split == "train"]
    counts = {name: sum(name in found for found in trained) for name in classes}
    notes = [
        f'every training picture shows "{name}": a classifier needs some without it, add pictures without tags'
        for name, count in counts.items()
        if count == len(trained)
    ]
    if few := [name for name, count in counts.items() if count < FEW]:
        notes.append(f"{len(few)} classes are in fewer than {FEW} training pictures ({few[0]}: {counts[few[0]]})")
    return notes
