"""Format `ade20k`: the layout of ADE20K's SceneParse150 (Zhou et al., CVPR 2017; ADEChallengeData2016.zip).

    images/training/<id>.jpg          pictures of split `train`
    images/validation/<id>.jpg        pictures of split `val`; `images/testing` may hold more, without truth
    annotations/<split>/<id>.png      truth: 1 to 150 for the classes; 0 for all else, which is ignored
    objectInfo150.txt                 the classes; of several names in a line the first is taken

The full ADE20K, with thousands of classes and `index_ade20k.pkl`, is another release, and is refused.
"""

from collections.abc import Mapping
from pathlib import Path

from seedmask.config.dataset import Ade20kDataset
from seedmask.dataset.formats.files import by_id, files_below, images_only, masks_by_id, report_shared, require_folder
from seedmask.dataset.formats.listing import Entry, Findings, Listing, assemble
from seedmask.dataset.formats.scenes import report_truth
from seedmask.dataset.formats.text import read_lines
from seedmask.dataset.mask_codes import IGNORED, MaskCodes, Mistaken

CLASSES = 150
SPLITS = {"training": "train", "validation": "val", "testing": "test"}
"""Split of each folder."""
NAMES = "objectInfo150.txt"
FULL = ("index_ade20k.pkl", "index_ade20k.mat")
"""Files of the full release, of its versions of 2021 and 2016; a pickle can run any code when it is opened."""


def list_dataset(dataset: Ade20kDataset) -> Listing:
    """Read the folders and the names of a SceneParse150 set."""
    root = require_folder(dataset.root)
    findings = Findings()
    if full := [root / name for name in FULL if (root / name).exists()]:
        found = "is of the full ADE20K release, whose masks hold parts and thousands of classes"
        findings.problem(full[0], found, "get SceneParse150, `ADEChallengeData2016.zip`; the file is not opened")
        return assemble((), (), findings)
    classes = _read_names(root / NAMES, findings)
    pictures = {folder: _pictures(root / "images" / folder, findings) for folder in SPLITS}
    report_shared(pictures, findings)
    entries = [entry for folder, images in pictures.items() for entry in _entries(root, folder, images, findings)]
    if not any(entry.split == "train" for entry in entries):
        folder = root / "images" / "training"
        findings.problem(folder, "split `train` has no pictures", "correct `root`, or unpack ADEChallengeData2016.zip")
    remedy = "restore annotations/training of the release, or take the picture out"
    report_truth(entries, SPLITS.values(), dataset, lambda _: ("an annotation", remedy), findings)
    if dataset.tags_from_truth:
        findings.note("tags of `train` are the classes in its truth masks")
    return assemble(classes, entries, findings)


def dataset_paths(dataset: Ade20kDataset) -> list[Path]:
    """Files and folders that the listing depends on."""
    root = Path(dataset.root)
    return [root / name for name in ("images", "annotations", NAMES, *FULL)]


def mask_codes(dataset: Ade20kDataset) -> MaskCodes:  # noqa: ARG001  one release
    """Labels that the numbers in truth masks stand for: themselves; 255 for 0, which is all else."""
    labels = {0: IGNORED} | {number: number for number in range(1, CLASSES + 1)}
    shifted = Mistaken({*range(CLASSES), IGNORED}, "classes from 0", "restore the file of the release")
    return MaskCodes(labels, "SceneParse150 classes", "restore the file of the release", (shifted,))


def _read_names(path: Path, findings: Findings) -> tuple[str, ...]:
    """Class names from lines such as `15<tab>0.0133<tab>6798<tab>697<tab>0<tab>door, double door`."""
    if not path.exists():
        findings.problem(path, "the file with the names of the classes is missing", "restore it from the release")
        return ()
    names: dict[str, str] = {}
    for number, line in read_lines(path, findings)[1:]:
        where, cells = f"{path} line {number}", line.split("\t")
        if cells[0].strip() != str(len(names) + 1) or len(cells) < 2 or not cells[-1].strip():
            found = f"expected class {len(names) + 1} with its name behind tabs, found `{line.strip()}`"
            findings.problem(where, found, "restore the file of the release")
            return ()
        name = cells[-1].partition(",")[0].strip()
        if name in names:
            findings.problem(where, f'class "{name}" is listed before, in {names[name]}', "restore the file")
            return ()
        names[name] = where
    if len(names) != CLASSES:
        findings.problem(path, f"{len(names)} classes, expected {CLASSES}", "restore the file of the release")
    return tuple(names)


def _pictures(folder: Path, findings: Findings) -> dict[str, Path]:
    return by_id(images_only(files_below(folder, findings)), findings) if folder.is_dir() else {}


def _entries(root: Path, folder: str, images: Mapping[str, Path], findings: Findings) -> list[Entry]:
    annotations, split = root / "annotations" / folder, SPLITS[folder]
    files = files_below(annotations, findings) if annotations.is_dir() else {}
    masks = masks_by_id(files, images, annotations, findings)
    return [Entry(name, image, split, None, masks.get(name), str(image)) for name, image in images.items()]
