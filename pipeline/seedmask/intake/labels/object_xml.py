"""XML of objects as in PASCAL VOC, a file for each image, in any layout but VOC's: LabelImg, Roboflow, LabelMe.

    a.jpg             a.xml               beside the pictures, also in train/, valid/ and test/
    images/a.jpg      annotations/a.xml   in a folder of its own

A file belongs to the image of its own name; where there is none, to the one that `<filename>` names.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import Element, read_xml
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError
from seedmask.intake.label_files import images_of_files
from seedmask.intake.labelling import Labelling, require_some
from seedmask.intake.labels.voc import annotation_folders
from seedmask.intake.names import Matches
from seedmask.intake.options import ReadingOptions
from seedmask.intake.scan import FolderScan
from seedmask.intake.words import is_background

FACTS = frozenset(("imagesize", "owner", "size", "source"))
"""Elements with others below them that are about the image."""
ROOT = re.compile(rb"<annotation[\s>]")


@dataclass(frozen=True)
class Annotation:
    """Content of a file: the image that it names, empty where it names none, and the names of its objects."""

    image: str
    names: tuple[str, ...]


def read_labels(scan: FolderScan, options: ReadingOptions) -> Labelling | None:
    """All files of this kind together.

    Raises:
        SeedmaskError: files cannot be read, belong to two images, or to none.
    """
    findings = Findings()
    annotations = _annotations(scan, findings)
    if findings.problems:
        raise InputError("annotations in XML", findings.problems)
    if not annotations:
        return None
    matches = _matches(scan, annotations)
    source = f"{scan.folder}, {len(annotations)} annotations in XML"
    require_some(source, matches, scan)
    tags = {
        image: tuple(sorted({name for name in annotations[file].names if not is_background(name)}))
        for file, image in matches.found.items()
    }
    missing = [*matches.missing, *matches.ambiguous]
    notes = matches.notes(source, scan.names)
    words = {name for found in annotations.values() for name in found.names}
    notes += [f"{source}: {name} is no class" for name in sorted(words) if is_background(name)]
    if without := [image for image in scan.images if image not in tags]:
        notes.append(f"{source}: {len(without)} pictures have none ({without[0]}) and stay without labels")
    return Labelling(
        source=source,
        tags=tags,
        files=tuple(annotations),
        notes=tuple(notes),
        unmatched=len(missing),
        names=len(annotations),
        unmatched_example=scan.names.nearest(missing[0]) if missing else "",
    )


def _annotations(scan: FolderScan, findings: Findings) -> dict[str, Annotation]:
    folders = annotation_folders(scan)
    found = {}
    for name, path in scan.with_suffix(".xml"):
        if not name.startswith(folders):
            own = Findings()
            root = read_xml(path, own)
            if root is not None and root.tag == "annotation" and _is_of_objects(root):
                found[name] = _annotation(root, path, findings)
            elif root is None and _looks_like_one(path):
                findings.problems += own.problems
    return found


def _is_of_objects(root: Element) -> bool:
    """Whether an annotation lists objects, or nothing; scribbles have other lists."""
    return root.find("object") is not None or all(len(item) == 0 or item.tag in FACTS for item in root)


def _looks_like_one(path: Path) -> bool:
    try:
        return ROOT.search(read_file(path)) is not None
    except InputError:
        return True


def _annotation(root: Element, path: Path, findings: Findings) -> Annotation:
    names = []
    for number, item in enumerate(root.findall("object"), start=1):
        if (item.findtext("deleted") or "").strip() == "1":  # LabelMe keeps them
            continue
        name = (item.findtext("name") or "").strip()
        names.append(name)
        if not name:
            findings.problem(f"{path} object {number}", "has no name", "write its class, or delete the object")
    file, whole = ((root.findtext(key) or "").strip() for key in ("filename", "path"))
    return Annotation(whole if file and whole.endswith(file) else file, tuple(names))


def _matches(scan: FolderScan, annotations: Mapping[str, Annotation]) -> Matches:
    """Images of the files.

    Raises:
        InputError: a file has the name of one image and names another, or two files name one image.
    """
    own = images_of_files(scan, annotations)
    found, missing, ambiguous = dict(own.found), [], {}
    owners = {image: file for file, image in found.items()}
    findings = Findings()
    for file, annotation in annotations.items():
        named = scan.names.find(annotation.image) if annotation.image else ()
        where = f"{scan.folder / file}"
        if file in found:
            if named and found[file] not in named:
                problem = f"is named like {found[file]}, and its <filename> is {named[0]}"
                findings.problem(where, problem, "rename the file, or correct <filename>")
        elif len(named) == 1 and named[0] in owners:
            problem = f"is about {named[0]} by its <filename>, and so is {owners[named[0]]}"
            findings.problem(where, problem, "take one of them out, or correct <filename>")
        elif len(named) == 1:
            found[file] = named[0]
            owners[named[0]] = file
        elif several := own.ambiguous.get(file, named):
            ambiguous[file] = several
        else:
            missing.append(file)
    if findings.problems:
        raise InputError("annotations in XML", findings.problems)
    return Matches(
        found, tuple(missing), ambiguous, {file: image for file, image in own.loose.items() if file in found}
    )
