"""Format `voc`: the layout of PASCAL VOC (Everingham et al., IJCV 2010; development kit, section 3).

    JPEGImages/<id>.jpg          pictures (other suffixes are taken too)
    Annotations/<id>.xml         their objects; the names are the tags, unless the data set names a file of tags
    ImageSets/…/<split>.txt      ids of each split, one a line; `id_of_line` says how else they may be written
    SegmentationClass/<id>.png   truth masks that are scored
    SegmentationClassAug/…       truth masks to learn from, where the data set names such a folder
    classes.txt                  the classes in their order, where they are not VOC's twenty

Objects marked `difficult` count as tags unless the data set says otherwise, as in the image labels of PSA, IRN and
their successors, which take the name of every object. Published tags differ: those of SBD's masks are others than those
of these annotations in 817 of the 10,582 pictures of the augmented list.
"""

import re
from collections.abc import Collection, Container, Mapping, Sequence
from pathlib import Path

from seedmask.config.dataset import VocDataset
from seedmask.dataset.formats.classes import ClassNumbers, read_classes
from seedmask.dataset.formats.files import (
    IMAGE_SUFFIXES,
    by_id,
    files_below,
    id_of,
    images_only,
    masks_by_id,
    require_folder,
    suffix_of,
)
from seedmask.dataset.formats.listing import Entry, Findings, Listing, assemble
from seedmask.dataset.formats.text import Element, read_lines, read_xml, suggest_name
from seedmask.errors import SeedmaskError

VOC_CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow",
    "diningtable", "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip


def list_dataset(dataset: VocDataset) -> Listing:
    """Read the split lists and annotations of a VOC folder."""
    root = require_folder(dataset.root)
    findings = Findings()
    numbers = _class_numbers(root, findings)
    images = by_id(images_only(_files(root / "JPEGImages", findings)), findings)
    listed = _read_splits(root, dataset.splits, images, findings)
    truth = _read_truth(root, dataset, images, listed, findings)
    numbered = None if dataset.tags is None else read_tags(root / dataset.tags, images, numbers.classes, findings)
    folder = root / "Annotations"
    annotations = _files(folder, findings) if folder.is_dir() else {}
    if numbered is not None:
        described = {image: xml for image in listed if (xml := annotations.get(f"{image}.xml"))}
        said = other_tags(numbered, described, numbers, dataset.difficult)
        findings.notes += [f"{root / str(dataset.tags)}: {said}; these tags are taken"] * bool(said)
    entries = []
    for image_id, (split, where) in listed.items():
        xml = annotations.get(f"{image_id}.xml")
        tags = None
        if numbered is not None:
            tags = numbered.get(image_id)
            if tags is None and split == "train":
                problem = f'"{image_id}" of split `train` is not in {dataset.tags}'
                findings.problem(where, problem, "add a line with its classes, or list the picture in another split")
        elif xml is not None:
            tags = numbers.numbers_of(object_names(xml, findings, dataset.difficult), str(xml), findings)
        elif split == "train":
            findings.problem(
                where,
                f'"{image_id}" of split `train` has no Annotations/{image_id}.xml',
                "add the file, without objects if there are none, or list the picture in another split",
            )
        mask, training_mask = truth.get(image_id, (None, None))
        entries.append(Entry(image_id, images[image_id], split, tags, mask, where, training_mask))
    return assemble(numbers.classes, entries, findings)


def dataset_paths(dataset: VocDataset) -> list[Path]:
    """Files and folders that the listing depends on."""
    root = Path(dataset.root)
    chosen = filter(None, (dataset.tags, dataset.masks, dataset.training_masks))
    names = (
        "JPEGImages",
        "Annotations",
        *chosen,
        "classes.txt",
        *dataset.splits.values(),
        *dataset.score_lists.values(),
    )
    return [root / name for name in names]


def _class_numbers(root: Path, findings: Findings) -> ClassNumbers:
    path = root / "classes.txt"
    if path.exists():
        return ClassNumbers(read_classes(path, findings), "classes.txt")
    return ClassNumbers(VOC_CLASSES, "VOC's classes (other classes are listed in classes.txt)")


def read_tags(
    path: Path, images: Collection[str], classes: Sequence[str], findings: Findings
) -> dict[str, tuple[int, ...]]:
    """Numbers of the classes of each id, from lines such as `2007_000032 0 14` or from a `.npy` of rows of 0 and 1."""
    if not path.exists():
        findings.problem(path, "the file of tags is missing", "write it, or correct `tags` of the data set")
        return {}
    if path.suffix.lower() == ".npy":
        return _read_rows(path, images, classes, findings)
    tags: dict[str, tuple[int, ...]] = {}
    first: dict[str, str] = {}
    for number, line in read_lines(path, findings):
        where, (name, *cells) = f"{path} line {number}", line.split()
        image_id = id_of_line(name, images)
        wrong = [cell for cell in cells if not (cell.isdecimal() and int(cell) < len(classes))]
        if wrong:
            expected = f"expected numbers from 0 to {len(classes) - 1}"
            findings.problem(where, f'"{wrong[0]}" is no class, {expected}', "correct it; classes count from 0")
        elif not cells:
            findings.problem(where, f'"{name}" has no class', "add the numbers of its classes, or delete the line")
        elif image_id in tags:
            findings.problem(where, f'"{name}" is listed again, after {first[image_id]}', "delete one of the two lines")
        else:
            tags[image_id], first[image_id] = tuple(sorted(set(map(int, cells)))), where
    return tags


def _read_rows(
    path: Path, images: Collection[str], classes: Sequence[str], findings: Findings
) -> dict[str, tuple[int, ...]]:
    """Numbers of the classes of each id, from a pickled dict of rows of 0 and 1."""
    from seedmask.dataset.formats.class_rows import plain_id, read_class_rows  # which needs NumPy

    try:
        rows = read_class_rows(path)
    except SeedmaskError as error:
        found, _, remedy = str(error).removeprefix(f"{path}: ").rpartition("; ")
        findings.problem(path, found, remedy)
        return {}
    if rows is None:
        findings.problem(path, "holds no dict of ids", "save a dict of a row of 0 and 1 for each id, or name another")
        return {}
    if rows.width != len(classes):
        found = f"has rows of {rows.width} classes, but there are {len(classes)}"
        findings.problem(path, found, "take the file of this data set, or list its classes in classes.txt")
        return {}
    # IRN writes 2007_000032 as the number 2007000032.
    ways = {way: image for image in images for way in (plain_id(image), plain_id(image.replace("_", "")))}
    return {ways[key]: numbers for key, numbers in rows.tags.items() if key in ways}


def other_tags(
    tags: Mapping[str, tuple[int, ...]], annotations: Mapping[str, Path], numbers: ClassNumbers, difficult: bool = True
) -> str:
    """For how many images annotations name other classes than tags do, for people; empty where all agree.

    Args:
        tags: numbers of the classes of each id.
        annotations: file of each id that has one; damaged ones do not count.
        numbers: of the classes.
        difficult: whether objects that are marked so count.
    """
    both = [image for image in annotations if image in tags]
    others = {}
    for image in both:
        found = numbers.numbers_of(object_names(annotations[image], Findings(), difficult), "", Findings())
        if found != tags[image]:
            others[image] = found
    if not others:
        return ""
    first, found = next(iter(others.items()))
    ours, theirs = (", ".join(numbers.classes[n] for n in one) or "none" for one in (tags[first], found))
    return (
        f"of {len(both)} pictures {len(others)} have other tags than in Annotations ({first}: {ours}; there {theirs})"
    )


def _read_truth(
    root: Path, dataset: VocDataset, images: Collection[str], listed: Mapping[str, tuple[str, str]], findings: Findings
) -> dict[str, tuple[Path | None, Path | None]]:
    """Of each listed id, the mask that is scored, and the one to learn from where it is another."""
    masks = _read_masks(root / dataset.masks, images, findings)
    own = {} if dataset.training_masks is None else _read_masks(root / dataset.training_masks, images, findings)
    scored = {split: _read_score_list(root, dataset, split, images, listed, findings) for split in dataset.score_lists}
    truth = {}
    for image, (split, _) in listed.items():
        mask, learned = masks.get(image), own.get(image)
        is_scored = split not in scored or image in scored[split]
        truth[image] = (mask, learned) if is_scored else (None, learned or mask)
    if own and (rest := [i for i, (split, _) in listed.items() if split == "train" and i in masks and i not in own]):
        others = f"{len(rest)} pictures of `train` have masks in {dataset.masks} alone ({rest[0]})"
        findings.note(f"{root / str(dataset.training_masks)}: {others}; trainings read those")
    return truth


def _read_masks(folder: Path, images: Collection[str], findings: Findings) -> dict[str, Path]:
    """Masks of a folder by id; none and a note where there is no such folder."""
    if not folder.is_dir():
        findings.note(f"{folder} does not exist: no truth masks")
        return {}
    # Lists rarely name all of VOC's masks, so those of unlisted pictures are nothing to note.
    return masks_by_id(files_below(folder, findings), images, folder, findings)


def _read_score_list(
    root: Path,
    dataset: VocDataset,
    split: str,
    images: Collection[str],
    listed: Mapping[str, tuple[str, str]],
    findings: Findings,
) -> set[str]:
    """Ids of a split that are scored."""
    path = root / dataset.score_lists[split]
    if split not in dataset.splits:
        findings.problem("score_lists", f"there is no split `{split}`", "name one of `splits`, or leave the list out")
        return set()
    if not path.exists():
        remedy = "write it, or correct `score_lists` of the data set"
        findings.problem(path, f"the list of scored pictures of split `{split}` is missing", remedy)
        return set()
    lines = [(number, id_of_line(line, images)) for number, line in read_lines(path, findings)]
    others = [(number, image) for number, image in lines if listed.get(image, ("", ""))[0] != split]
    if others:
        number, image = others[0]
        found = f'"{image}" is not in split `{split}`, as {len(others)} of {len(lines)} lines'
        remedy = f"take a list whose pictures are all in {dataset.splits[split]}"
        findings.problem(f"{path} line {number}", found, remedy)
    return {image for _, image in lines}


def _files(folder: Path, findings: Findings) -> dict[str, Path]:
    if folder.is_dir():
        return files_below(folder, findings)
    findings.problem(folder, "the folder is missing", "correct `root` of the data set, or make the folder")
    return {}


def _read_splits(
    root: Path, splits: dict[str, str], images: Collection[str], findings: Findings
) -> dict[str, tuple[str, str]]:
    """Split and line of each listed id that has an image."""
    listed: dict[str, tuple[str, str]] = {}
    if "train" not in splits:
        findings.problem("splits", "no split is named `train`", "add `train` to `splits` of the data set")
    for split, file in splits.items():
        path = root / file
        if not path.exists():
            findings.problem(
                path, f"the list of split `{split}` is missing", "write it, or correct `splits` of the data set"
            )
            continue
        lines = read_lines(path, findings)
        if not lines:
            findings.problem(path, f"split `{split}` has no pictures", "list their ids, one a line")
        for number, line in lines:
            where, image_id = f"{path} line {number}", id_of_line(line, images)
            first_split, first = listed.get(image_id, (split, ""))
            if first_split != split:
                findings.problem(
                    where,
                    f'"{image_id}" is in split `{split}` and in `{first_split}` ({first})',
                    "delete one of the two lines",
                )
            elif first:
                findings.note(f'{where} lists "{image_id}" again, after {first}')
            elif image_id in images:
                listed[image_id] = split, where
            else:
                findings.problem(
                    where,
                    f'"{image_id}" names no picture in JPEGImages{suggest_name(image_id, images, findings)}',
                    "write one id a line; restore the picture, or delete the line",
                )
    return listed


def id_of_line(line: str, ids: Container[str]) -> str:
    """Id that a line of a list names; the line itself where it names none.

    Lists hold ids, files or paths, also with the mask of the picture or the number of a class behind:
    `2008_000001`, `2008_000001.jpg`, `/JPEGImages/2008_000001.jpg /SegmentationClassAug/2008_000001.png`,
    `2008_000001  -1`. Of a path, the longest ending that is an id counts.

    Args:
        line: the line.
        ids: ids of all pictures; one may hold spaces.
    """
    text = line.strip()
    if text in ids:
        return text
    first, *behind = re.split(r"[\s,;]+", text)
    readings = [first] if all(_may_follow(word, first) for word in behind) else []
    readings += [text] if not any("/" in word for word in behind) else []  # a name with spaces, and no mask behind it
    for name in readings:
        folders = [folder for folder in name.replace("\\", "/").split("/") if folder not in ("", ".")]
        endings = ("/".join(folders[start:]) for start in range(len(folders)))
        for found in (way for ending in endings for way in (ending, _without_suffix(ending))):
            if found in ids:
                return found
    return text


def _without_suffix(name: str) -> str:
    return id_of(name) if suffix_of(name).lower() in IMAGE_SUFFIXES else name


def _may_follow(word: str, image: str) -> bool:
    """Whether a word behind an image is the number of a class, or the image's mask."""
    one, other = (_without_suffix(name.rpartition("/")[2]) for name in (word, image))
    return word in ("-1", "0", "1") or one == other


def object_names(path: Path, findings: Findings, difficult: bool = True) -> list[str]:
    """Names of the objects in an annotation, those that are marked as difficult among them or not."""
    root = read_xml(path, findings)
    objects = [] if root is None else root.findall("object")
    # Only the object's own name: parts (head, hand, foot) have names too, one level deeper.
    return [(item.findtext("name") or "").strip() for item in objects if difficult or not is_difficult(item)]


def is_difficult(item: Element) -> bool:
    """Whether an object is marked as difficult to recognise."""
    return (item.findtext("difficult") or "").strip() == "1"
