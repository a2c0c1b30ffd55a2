"""What the files that are not used seem to be: none is passed over in silence."""

import re
from collections import defaultdict
from collections.abc import Set as AbstractSet
from pathlib import Path, PurePosixPath

from seedmask.dataset.formats.files import suffix_of
from seedmask.errors import SeedmaskError
from seedmask.intake.json_files import json_fault
from seedmask.intake.labels.table import unused_table
from seedmask.intake.scan import FolderScan

KINDS = {
    ".xlsx": "a spreadsheet; save it as CSV to use it", ".xls": "a spreadsheet; save it as CSV to use it",
    ".ods": "a spreadsheet; save it as CSV to use it", ".parquet": "a table in Parquet; save it as CSV to use it",
    ".arrow": "a table in Arrow; save it as CSV to use it", ".feather": "a table in Arrow; save it as CSV to use it",
    ".jsonl": "JSON Lines; save it as CSV or as a COCO file to use it", ".zip": "an archive; unpack it to use it",
    ".tar": "an archive; unpack it to use it", ".gz": "an archive; unpack it to use it",
    ".tfrecord": "TensorFlow's records; export them as pictures and a table", ".dcm": "DICOM; convert it to PNG",
    ".mat": "MATLAB's data; export labels as CSV, masks as PNG", ".nii": "a NIfTI volume; export slices as PNG",
    ".heic": "HEIC pictures; convert them to JPEG", ".avif": "AVIF pictures; convert them to JPEG",
    ".svg": "a drawing; render it as PNG", ".npy": "an array that is no table of labels",
    ".npz": "arrays that are no table of labels", ".pkl": "a pickle, which is not opened; save labels as CSV",
    ".ppm": "PPM pictures; convert them to PNG", ".pgm": "PGM pictures; convert them to PNG",
    ".jp2": "JPEG 2000 pictures; convert them to PNG", ".manifest": "JSON Lines; save it as CSV to use it",
    ".ndjson": "JSON Lines; save it as CSV or as a COCO file to use it", ".nrrd": "a volume; export slices as PNG",
    ".mp4": "a video; extract its frames", ".mov": "a video; extract its frames", ".avi": "a video; extract its frames",
}  # fmt: skip
"""What a suffix says."""
LABELS = frozenset((".csv", ".tsv", ".tab", ".json", ".xml", ".txt", ".lst", ".yaml", ".yml"))
"""Suffixes that labels may have."""
PLAIN = frozenset((".md", ".pdf", ".html", ".rst", ".py", ".ipynb", ".sh", ".log"))
"""Suffixes of texts for people."""
READ, SHOWN = 1 << 16, 3
STROKES = (
    "strokes as ScribbleSup draws them; `weak_labels: {scribbles: {method: scribbles, folder: ...}}` reads their folder"
)
POINTS = "points as What's the Point writes them; `weak_labels: {points: {method: points, file: ...}}` reads the file"
IS_STROKES = re.compile(r"<annotation>.*<polygon>\s*<tag>", re.DOTALL)
IS_POINTS = re.compile(r'\{\s*"[^"]*"\s*:\s*\[\s*\{[^{}]*"cls"\s*:')


def other_files(scan: FolderScan, used: AbstractSet[str]) -> list[str]:
    """A note about each kind of file that is neither an image, a mask, nor a label that is used."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for name in scan.others:
        if name not in used:
            by_kind[_kind(scan, name)].append(name)
    return [
        f"{len(names)} {'files are' if len(names) > 1 else 'file is'} not used ({_listed(names)}): {kind}"
        for kind, names in by_kind.items()
    ]


def _listed(names: list[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def _kind(scan: FolderScan, name: str) -> str:
    path, suffix = scan.files[name], suffix_of(name).lower()
    if name.lower().endswith(".nii.gz"):
        suffix = ".nii"
    if suffix in KINDS:
        return KINDS[suffix]
    if suffix in PLAIN or PurePosixPath(name).stem.lower() in ("readme", "license", "licence"):
        return "a text for people"
    if suffix not in LABELS:
        return f"a kind of file that is not read ({suffix or 'no suffix'})"
    try:
        with path.open("rb") as file:
            start = file.read(READ).decode("utf-8-sig", "replace")
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    if not start.strip():
        return "it is empty"
    if suffix == ".json":
        return POINTS if IS_POINTS.match(start) else _kind_of_json(path)
    if suffix in (".csv", ".tsv", ".tab"):
        lines = [line for line in start.splitlines() if line.strip()]
        return "a table with a header alone" if len(lines) == 1 else _kind_of_table(scan, name)
    if suffix == ".xml":
        return STROKES if IS_STROKES.search(start) else "XML that is no annotation of these pictures"
    return "a text that is no list of these pictures"


def _kind_of_table(scan: FolderScan, name: str) -> str:
    try:
        return unused_table(scan, name)
    except SeedmaskError as error:
        return str(error).replace("\n", " ")


def _kind_of_json(path: Path) -> str:
    fault = json_fault(path)
    return fault or "JSON that is no annotation of these pictures"
