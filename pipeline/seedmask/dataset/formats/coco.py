"""Format `coco`: the layout of MS COCO 2014 and 2017 (Lin et al., ECCV 2014; cocodataset.org, "Data format").

    train2014/COCO_train2014_<number>.jpg         pictures, below `images/` too; those of 2017 have the number alone
    annotations/instances_train2014.json          pictures of the split, their objects, and the 80 categories

Categories become classes in the order of their ids, which run from 1 to 90 with gaps. Every object of a picture is a
tag, crowds too, as in the published tags of COCO. Truth masks are rendered from the outlines when the index is made.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seedmask.config.dataset import CocoDataset, CocoSplit
from seedmask.dataset.formats.classes import checked_classes
from seedmask.dataset.formats.coco_json import CocoAnnotation, CocoFile, Id, box_of
from seedmask.dataset.formats.coco_places import Outline, place_of, read_coco_places, rendering_text, without_collection
from seedmask.dataset.formats.files import ImageNames, by_id, files_below, id_of, images_only, require_folder
from seedmask.dataset.formats.listing import Entry, Findings, Listing, assemble
from seedmask.errors import InputError

YEARS = ("2014", "2017")
NAMED = 5
"""Pictures and annotations that a message names; it counts the others."""
WITHOUT_OUTLINE = {
    "smallest_on_top": "truth masks ignore their boxes",
    "recam": "truth masks show nothing of them",
    "coco2voc": "truth masks show nothing of them",
    "none": "nothing is drawn",
}
"""What each recipe makes of annotations without an outline."""


@dataclass
class CocoPicture:
    """A picture of a split."""

    id: str
    image: Path
    where: str
    size: tuple[int, int] | None = None
    """Width and height that the file states."""
    annotations: list[CocoAnnotation] | None = field(default_factory=list)
    """None: nothing is known of it."""


@dataclass(frozen=True)
class CocoPart:
    """A split as it was read."""

    split: str
    file: Path | None
    """The JSON."""
    pictures: Sequence[CocoPicture]
    categories: Mapping[Id, str]


def list_dataset(dataset: CocoDataset) -> Listing:
    """Read the files of annotations and the folders of a COCO set."""
    with without_collection():
        return _listing(dataset)


def _listing(dataset: CocoDataset) -> Listing:
    root = require_folder(dataset.root)
    findings = Findings()
    splits = dataset.splits or _usual_splits(root, findings)
    parts = [_read(root, name, split, dataset, findings) for name, split in splits.items()]
    if splits and "train" not in splits:
        findings.problem("splits", "no split is named `train`", "add `train` to `splits` of the data set")
    categories = _categories(parts, findings)
    named = ((f"{root} category {number}", categories[number]) for number in categories)
    classes = checked_classes(named, root, findings) if categories else ()
    _report_common(parts, findings)
    labels = {number: label for label, number in enumerate(categories, start=1)}
    entries = (_entry(part, picture, labels, dataset.masks) for part in parts for picture in part.pictures)
    return assemble(classes, entries, findings)


def dataset_paths(dataset: CocoDataset) -> list[Path]:
    """Files and folders that the listing depends on."""
    root = Path(dataset.root)
    splits = dataset.splits.values() or (split for year in YEARS for split in _candidates(year))
    names = (name for split in splits for name in (split.images, split.annotations) if name)
    return [root / name for name in dict.fromkeys(names)]


def _candidates(year: str) -> list[CocoSplit]:
    """What the splits of a release may be: `train` in its two places, then `val`."""
    return [
        CocoSplit(images=f"{above}{split}{year}", annotations=f"annotations/instances_{split}{year}.json")
        for split in ("train", "val")
        for above in ("", "images/")
    ]


def _usual_splits(root: Path, findings: Findings) -> dict[str, CocoSplit]:
    """Splits of the release that a folder holds."""
    years = [year for year in YEARS if (root / f"annotations/instances_train{year}.json").exists()]
    if len(years) != 1:
        found = f"holds the annotations of {' and '.join(years)}" if years else "holds no instances_train2014.json"
        remedy = "name the `splits` of the data set" if years else "restore it, or name the `splits` of the data set"
        findings.problem(root / "annotations", found, remedy)
        return {}
    train, nested_train, val, nested_val = _candidates(years[0])
    splits = {"train": nested_train if (root / nested_train.images).is_dir() else train}
    if any((root / name).exists() for name in (val.images, nested_val.images, val.annotations or "")):
        splits["val"] = nested_val if (root / nested_val.images).is_dir() else val
    return splits


def _read(root: Path, name: str, split: CocoSplit, dataset: CocoDataset, findings: Findings) -> CocoPart:
    folder = root / split.images
    path = None if split.annotations is None else root / split.annotations
    if not folder.is_dir():
        remedy = "restore it, or correct `splits` of the data set"
        findings.problem(folder, f"the folder of split `{name}` is missing", remedy)
        return CocoPart(name, path, (), {})
    images = images_only(files_below(folder, findings))
    by_id(images, findings)
    if path is None:
        pictures = [CocoPicture(id_of(file), image, str(image), None, None) for file, image in images.items()]
        return CocoPart(name, None, pictures, {})
    try:
        coco = read_coco_places(path)
    except InputError as error:
        findings.problems += error.problems
        return CocoPart(name, path, (), {})
    pictures = _pictures(coco, name, folder, images, findings)
    _note_annotations(coco, dataset.masks, findings)
    empty = sum(not picture.annotations for picture in pictures)
    if empty and dataset.empty == "drop":
        findings.note(f"{path}: {empty} pictures without an annotation are left out")
        pictures = [picture for picture in pictures if picture.annotations]
    elif empty:
        findings.note(f"{path}: {empty} pictures without an annotation; `empty: drop` leaves them out")
    if not pictures:
        findings.problem(path, f"split `{name}` has no pictures", "restore the file of the release")
    return CocoPart(name, path, pictures, coco.categories)


def _pictures(
    coco: CocoFile, split: str, folder: Path, images: Mapping[str, Path], findings: Findings
) -> list[CocoPicture]:
    """Pictures of a file that are in the folder, each with its annotations."""
    found: dict[str, CocoPicture] = {}
    of: dict[Id, CocoPicture] = {}
    missing, doubled = [], []
    names = None
    for number, name in coco.images.items():
        file: str | None = name
        if name not in images:  # a path or an address
            names = names or _ByEnding(images)
            file = names.find(name)
        if file is None:
            missing.append(name)
            continue
        where = f"{coco.path} image {number}"
        of[number] = found.setdefault(file, CocoPicture(id_of(file), images[file], where, coco.sizes.get(number)))
        if of[number].where != where:
            doubled.append(f"{name} (image {number})")
    for annotation in coco.annotations:
        picture = of.get(annotation.image)
        if picture and picture.annotations is not None:
            picture.annotations.append(annotation)
    if missing:
        what = f"{len(missing)} pictures of split `{split}` are not in {folder}: {_first(missing)}"
        findings.problem(coco.path, what, "restore them, or take them out of the file")
    if doubled:
        what = f"{len(doubled)} pictures are listed again: {_first(doubled)}"
        findings.problem(coco.path, what, "list each picture once, with all its annotations")
    if others := len(images) - len(found):
        findings.note(f"{folder}: {others} pictures are not in {coco.path.name} and are left out")
    return list(found.values())


class _ByEnding:
    """Finds pictures by the longest ending of a path or address that names one alone."""

    def __init__(self, images: Iterable[str]):
        self._files = {id_of(name): name for name in images}
        self._names = ImageNames(images)

    def find(self, name: str) -> str | None:
        """File of a picture; None if no ending names one."""
        parts = name.replace("\\", "/").split("/")
        endings = ("/".join(parts[first:]) for first in range(len(parts)))
        found = next(filter(None, map(self._names.known, endings)), None)
        return None if found is None else self._files[found]


def _note_annotations(coco: CocoFile, recipe: str, findings: Findings) -> None:
    """Say what annotations lack, and how many tags rest on crowds alone."""
    bare = [f"annotation {one.number}" for one in coco.annotations if place_of(one) is None]
    if bare:
        what = f"{len(bare)} annotations have no outline ({_first(bare)})"
        findings.note(f"{coco.path}: {what}: they count as tags, and {WITHOUT_OUTLINE[recipe]}")
    sizeless = [f"annotation {one.number}" for one in coco.annotations if one.area is None]
    if sizeless:
        what = f"{len(sizeless)} annotations have no area ({_first(sizeless)})"
        findings.note(f"{coco.path}: {what}; the pixels of their outlines are counted")
    plain = {(one.image, one.category) for one in coco.annotations if not one.crowd}
    crowds = {(one.image, one.category) for one in coco.annotations if one.crowd} - plain
    if crowds:
        findings.note(f"{coco.path}: crowds count as tags; {len(crowds)} tags come from crowds alone")


def _categories(parts: Iterable[CocoPart], findings: Findings) -> dict[Id, str]:
    """Categories of all files in the order of their ids; an id with two names is a problem."""
    found: dict[Id, tuple[str, Path | None]] = {}
    for part in parts:
        for number, name in part.categories.items():
            first, file = found.setdefault(number, (name, part.file))
            if first != name:
                what = f'category {number} is "{name}" here and "{first}" in {file}'
                findings.problem(str(part.file), what, "give both files the categories of one release")
    ordered = sorted(found, key=lambda number: (isinstance(number, str), number))
    return {number: found[number][0] for number in ordered}


def _report_common(parts: Sequence[CocoPart], findings: Findings) -> None:
    """Report pictures that are in two splits."""
    split_of: dict[str, str] = {}
    for part in parts:
        both = [one.id for one in part.pictures if split_of.setdefault(one.id, part.split) != part.split]
        if both:
            other = split_of[both[0]]
            what = f"{len(both)} pictures of split `{part.split}` are in `{other}` too: {_first(both)}"
            findings.problem(str(part.file or part.split), what, "take them out of one of the two")


def _entry(part: CocoPart, picture: CocoPicture, labels: Mapping[Id, int], recipe: str) -> Entry:
    listed = picture.id, picture.image, part.split
    if picture.annotations is None or part.file is None:
        return Entry(*listed, None, None, picture.where)
    tags = tuple(sorted({labels[one.category] - 1 for one in picture.annotations}))
    if recipe == "none":
        return Entry(*listed, tags, None, picture.where)
    outlines = (_outline(one, labels[one.category]) for one in picture.annotations)
    return Entry(*listed, tags, part.file, picture.where, None, rendering_text(recipe, picture.size, outlines))


def _outline(annotation: CocoAnnotation, label: int) -> Outline:
    place = place_of(annotation)
    box = box_of(annotation) if place is None else None
    return Outline(annotation.number, label, annotation.crowd, annotation.area, place, box)


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
