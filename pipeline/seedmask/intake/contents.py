"""What is taken of a folder: pictures with tags and splits, classes, masks; and what is odd about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from seedmask.dataset.formats.files import id_of
from seedmask.dataset.formats.listing import Findings, split_rank
from seedmask.dataset.formats.text import read_lines
from seedmask.errors import SeedmaskError
from seedmask.intake.class_names import KNOWN, MOST_CLASSES, changed, numbered, usable_names
from seedmask.intake.facts import Masks, Sizes, read_masks, read_sizes
from seedmask.intake.kinds import choose, labellings
from seedmask.intake.labelling import Labelling
from seedmask.intake.scan import FolderScan, survey

UNTAGGED = "untagged"
"""Split of pictures that nothing is known of: they are predicted, and teach nothing."""
EVERY = 5
"""Of pictures with masks and nothing else, one in so many is kept for scores."""
FEW = 5
"""A class with fewer training pictures is pointed out."""


@dataclass(frozen=True)
class Contents:
    """A folder as it will be used.

    Args:
        survey: its files.
        kind: kind of the labels; empty where there are none.
        labelling: the labels; None where there are none.
        sizes: the pictures that can be read.
        classes: the classes in their order.
        tags: of each picture whose tags are known.
        splits: split of each picture that is taken.
        masks: truth masks that are of use.
        notes: what is odd or was decided, one sentence each.
        direct: whether one of our formats can read the folder as it is, as far as the pictures go.
    """

    survey: FolderScan
    kind: str
    labelling: Labelling | None
    sizes: Sizes
    classes: tuple[str, ...]
    tags: Mapping[str, tuple[str, ...]]
    splits: Mapping[str, str]
    masks: Masks | None
    notes: tuple[str, ...] = field(default=())
    direct: bool = False

    @property
    def base(self) -> str:
        """Folder that ids of pictures start below, as a path below the surveyed one."""
        return self.survey.base

    def of_split(self, split: str) -> list[str]:
        """Pictures of a split."""
        return [picture for picture, name in self.splits.items() if name == split]

    def split_names(self) -> list[str]:
        """Splits that have pictures, in the usual order."""
        return sorted(set(self.splits.values()), key=split_rank)

    def id(self, picture: str) -> str:
        """A picture's path in tables."""
        return str(PurePosixPath(picture).relative_to(self.base or "."))


def look_into(folder: Path, labels: str | None = None, names: str | None = None) -> Contents:
    """Read a folder.

    Args:
        folder: the folder.
        labels: kind of labels to take; the best one when not given.
        names: classes of labels that hold numbers alone: `voc`, `coco`, or a file with a name a line.

    Raises:
        SeedmaskError: it holds no pictures that can be read; labels contradict each other or cannot be read.
    """
    files = survey(folder)
    found = labellings(files, labels)
    if labels and not found:
        raise SeedmaskError(f"--labels {labels}: {folder} holds no labels of this kind; leave the option out")
    kind, notes = choose(found) if found else ("", [])
    labelling = found.get(kind)
    if labelling and (names or not labelling.named):
        labelling, said = _named(labelling, names, files)
        notes.append(said)
    sizes = read_sizes(files.pictures)
    if not sizes.of:
        raise SeedmaskError(f"{folder}: none of {len(files.pictures)} pictures can be read; {_first(sizes)}")
    notes = [*files.notes, *(labelling.notes if labelling else ()), *notes, *_odd_files(files, sizes, found)]
    if labelling:
        return _labelled(files, kind, labelling, sizes, notes)
    return _unlabelled(files, sizes, notes)


def _named(labelling: Labelling, names: str | None, files: FolderScan) -> tuple[Labelling, str]:
    """A labelling with names for its numbers, and what is to be said of it."""
    old = labelling.all_classes()
    listed = names or (str(files.files["classes.txt"]) if "classes.txt" in files.files else "")
    if not listed:
        return labelling, (
            f"the names of {len(old)} classes are not in the file; put them in the place of {old[0]} to {old[-1]} in "
            "the classes.txt written here, and run this again with `--classes THAT_FILE --force`"
        )
    new = KNOWN[listed].names if listed in KNOWN else _names_in(Path(listed))
    if len(new) != len(old):
        raise SeedmaskError(f"{listed}: {len(new)} classes, but {labelling.source} has {len(old)}; name as many")
    table = dict(zip(old, new, strict=True))
    tags = {picture: tuple(table[tag] for tag in found) for picture, found in labelling.tags.items()}
    return replace(labelling, tags=tags, classes=tuple(new), named=True), f"the names of the classes are from {listed}"


def _names_in(path: Path) -> tuple[str, ...]:
    findings = Findings()
    lines = tuple(line.strip() for _, line in read_lines(path, findings))
    if findings.problems:
        raise SeedmaskError(f"--classes: {findings.problems[0]}, or name {' or '.join(KNOWN)}")
    return lines


def _labelled(files: FolderScan, kind: str, labelling: Labelling, sizes: Sizes, notes: list[str]) -> Contents:
    names = usable_names(labelling.all_classes())
    notes += changed(names)
    taken = [
        picture
        for picture in sizes.of
        if not labelling.closed or picture in labelling.tags or picture in labelling.splits
    ]
    tags = {
        picture: tuple(names[tag] for tag in labelling.tags[picture]) for picture in taken if picture in labelling.tags
    }
    splits = {picture: _split(picture, labelling) for picture in taken}
    if "train" not in splits.values():
        raise SeedmaskError(f"{labelling.source}: tags no picture of a split `train` that can be read; add some")
    if unknown := [picture for picture, split in splits.items() if split == UNTAGGED]:
        notes.append(
            f"{len(unknown)} pictures have no tags ({unknown[0]}): split `{UNTAGGED}`, predicted but not learned from"
        )
    classes = tuple(dict.fromkeys(names.values()))
    folder = labelling.masks or _mask_folder(files, notes)
    masks = _masks(files, folder, sizes, len(classes), notes) if folder else None
    usable = not sizes.unusable and not files.doubles and not changed(names) and not unknown
    own = (labelling.masks or files.folder / "masks") if labelling.layout else None
    direct = labelling.layout is not None and usable and (folder is None or (masks is not None and folder == own))
    notes += _class_notes(classes, tags, splits)
    return Contents(files, kind, labelling, sizes, classes, tags, splits, masks, tuple(notes), direct)


def _split(picture: str, labelling: Labelling) -> str:
    split = labelling.splits.get(picture, "" if labelling.splits else "train")
    split = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in split.lower())
    return UNTAGGED if picture not in labelling.tags and split in ("", "train") else split or UNTAGGED


def _unlabelled(files: FolderScan, sizes: Sizes, notes: list[str]) -> Contents:
    """Pictures with masks alone, or with nothing."""
    folder = _mask_folder(files, notes)
    masks = _masks(files, folder, sizes, None, notes) if folder else None
    if masks is None:
        return Contents(files, "", None, sizes, (), {}, dict.fromkeys(sizes.of, "train"), None, tuple(notes))
    listed = files.files.get("classes.txt")
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
    return Contents(files, "masks", None, sizes, classes, {}, splits, masks, tuple(notes))


def _mask_folder(files: FolderScan, notes: list[str]) -> Path | None:
    if len(files.mask_folders) > 1:
        notes.append(f"masks lie in {' and '.join(files.mask_folders)}: put them into one folder; none is used")
    return files.folder / files.mask_folders[0] if len(files.mask_folders) == 1 else None


def _masks(files: FolderScan, folder: Path, sizes: Sizes, classes: int | None, notes: list[str]) -> Masks | None:
    """Masks that all fit; else None, with a note."""
    below = f"{folder.relative_to(files.folder).as_posix()}/"
    named = {id_of(name.removeprefix(below)): path for name, path in files.files.items() if name.startswith(below)}
    prefix = f"{files.base}/" if files.base else ""
    paired = {picture: named[key] for picture in sizes.of if (key := id_of(picture.removeprefix(prefix))) in named}
    if not paired:
        notes.append(f"{folder}: no mask lies where its picture does below {files.folder / files.base}; none is used")
        return None
    masks = read_masks(folder, paired, sizes, classes)
    if masks.wrong:
        notes.append(f"{folder}: masks are not used, {len(masks.wrong)} do not fit; the first: {masks.wrong[0]}")
        return None
    return masks


def _odd_files(files: FolderScan, sizes: Sizes, found: Mapping[str, Labelling]) -> list[str]:
    notes = []
    known = {"classes.txt", "splits.csv", *(name for labelling in found.values() for name in labelling.files)}
    others = [name for name in files.others if name not in known]
    if sizes.unusable:
        notes.append(f"{len(sizes.unusable)} pictures cannot be used and are left out; the first: {_first(sizes)}")
    if files.doubles:
        notes.append(f"{len(files.doubles)} pictures have the name of another one but for the suffix, and are left out "
                     f"({files.doubles[0]})")  # fmt: skip
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
    """Classes that a classifier can hardly learn."""
    trained = [tags[picture] for picture, split in splits.items() if split == "train"]
    counts = {name: sum(name in found for found in trained) for name in classes}
    notes = [
        f'every training picture shows "{name}": a classifier needs some without it, add pictures without tags'
        for name, count in counts.items()
        if count == len(trained)
    ]
    if few := [name for name, count in counts.items() if count < FEW]:
        notes.append(f"{len(few)} classes are in fewer than {FEW} training pictures ({few[0]}: {counts[few[0]]})")
    return notes
