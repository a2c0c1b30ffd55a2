"""Format `cityscapes`: the layout of Cityscapes (Cordts et al., CVPR 2016; cityscapes-dataset.com, cityscapesScripts).

    leftImg8bit/<split>/<city>/<id>_leftImg8bit.png          pictures, of splits `train`, `val` and `test`
    gtFine/<split>/<city>/<id>_gtFine_labelIds.png           truth: 34 ids, of which 19 are classes that are scored
    gtFine/<split>/<city>/<id>_gtFine_labelTrainIds.png      the same as numbers of the 19 classes, which tools make

The other ids (`ego vehicle`, `parking`, `caravan`, …) are neither learned nor scored, as `ignoreInEval` says. Labels of
`test` are withheld: its files hold no class and are not read. `gtCoarse` and `train_extra` are left out.
"""

from collections.abc import Mapping
from pathlib import Path

from seedmask.config.dataset import CityscapesDataset
from seedmask.dataset.formats.files import files_below, id_of, images_only, report_shared, require_folder
from seedmask.dataset.formats.listing import Entry, Findings, Listing, assemble
from seedmask.dataset.formats.scenes import report_truth
from seedmask.dataset.mask_codes import IGNORED, MaskCodes, Mistaken

CLASSES = {
    "road": 7, "sidewalk": 8, "building": 11, "wall": 12, "fence": 13, "pole": 17, "traffic light": 19,
    "traffic sign": 20, "vegetation": 21, "terrain": 22, "sky": 23, "person": 24, "rider": 25, "car": 26, "truck": 27,
    "bus": 28, "train": 31, "motorcycle": 32, "bicycle": 33,
}  # fmt: skip
"""Id of each class that is scored, in the order of train ids (cityscapesScripts, `helpers/labels.py`)."""
IDS = 34
"""Numbers in `labelIds`, from 0; the licence plate, -1, is drawn in no mask."""
PICTURES, TRUTH, COARSE = "leftImg8bit", "gtFine", "gtCoarse"
WITHHELD = "test"


def list_dataset(dataset: CityscapesDataset) -> Listing:
    """Read the folders of a Cityscapes set."""
    root = require_folder(dataset.root)
    findings = Findings()
    classes = tuple(CLASSES)
    if not (root / PICTURES).is_dir():
        findings.problem(root / PICTURES, "the folder is missing", "correct `root`, or unpack leftImg8bit_trainvaltest")
        return assemble(classes, (), findings)
    pictures = {split: _pictures(root / PICTURES / split, findings) for split in ("train", "val", WITHHELD)}
    if not pictures["train"]:
        remedy = f"unpack leftImg8bit_trainvaltest: `{PICTURES}/train/<city>/<id>_{PICTURES}.png`"
        findings.problem(root / PICTURES / "train", "split `train` has no pictures", remedy)
    report_shared(pictures, findings)
    masks = _masks(root, dataset, findings)
    entries = []
    for split, found in pictures.items():
        for image_id, image in found.items():
            mask = masks.get(f"{split}/{image.parent.name}/{image_id}")
            entries.append(Entry(image_id, image, split, None, mask, str(image)))
    if masks:
        remedy = "restore it from gtFine_trainvaltest, or take the picture out"
        report_truth(
            entries, ("train", "val"), dataset, lambda entry: (f"`{entry.id}{_ending(dataset)}`", remedy), findings
        )
    if pictures[WITHHELD]:
        findings.note(f"labels of `{WITHHELD}` are withheld: {len(pictures[WITHHELD])} pictures are predicted alone")
    if dataset.tags_from_truth:
        findings.note("tags of `train` are the classes in its truth masks")
    return assemble(classes, entries, findings)


def dataset_paths(dataset: CityscapesDataset) -> list[Path]:
    """Files and folders that the listing depends on."""
    root = Path(dataset.root)
    return [root / PICTURES, *(root / TRUTH / split for split in ("train", "val"))]


def mask_codes(dataset: CityscapesDataset) -> MaskCodes:
    """Labels that the numbers in truth masks stand for: the train id plus 1; 255 for what is not scored."""
    labels = {number: label for label, number in enumerate(CLASSES.values(), start=1)}
    ids = {number: labels.get(number, IGNORED) for number in range(IDS)}
    trained = {number: number + 1 for number in range(len(CLASSES))} | {IGNORED: IGNORED}
    if dataset.masks == "labelIds":
        other = Mistaken(trained, "labelTrainIds", "restore the file, or read train ids with `masks: labelTrainIds`")
        return MaskCodes(ids, "labelIds", "restore `…_gtFine_labelIds.png` of the release", (other,))
    other = Mistaken(ids, "labelIds", "make train ids with cityscapesScripts, or read ids with `masks: labelIds`")
    return MaskCodes(trained, "labelTrainIds", "make it again with cityscapesScripts", (other,))


def _pictures(folder: Path, findings: Findings) -> dict[str, Path]:
    """Pictures of a split by id; files with other names are noted."""
    files = images_only(files_below(folder, findings)) if folder.is_dir() else {}
    ending = f"_{PICTURES}"
    found: dict[str, Path] = {}
    others = []
    for name, path in files.items():
        stem = id_of(name).rpartition("/")[2]
        if not stem.endswith(ending):
            others.append(name)
        elif (first := found.setdefault(stem.removesuffix(ending), path)) != path:
            findings.problem(path, f"has the same id as {first}", "take one of the two out")
    if others:
        findings.note(f"{folder}: {len(others)} pictures are not called `<id>{ending}` and are left out ({others[0]})")
    return found


def _masks(root: Path, dataset: CityscapesDataset, findings: Findings) -> dict[str, Path]:
    """Truth masks by `<split>/<city>/<id>`."""
    folder, ending = root / TRUTH, _ending(dataset)
    files = {
        f"{split}/{name}": path
        for split in ("train", "val")
        if (folder / split).is_dir()
        for name, path in files_below(folder / split, findings).items()
    }
    masks = {name.removesuffix(ending): path for name, path in files.items() if name.endswith(ending)}
    if not masks:
        _report_no_masks(root, dataset, files, findings)
    return masks


def _ending(dataset: CityscapesDataset) -> str:
    """What follows the id of a picture in the name of its mask."""
    return f"_{TRUTH}_{dataset.masks}.png"


def _report_no_masks(root: Path, dataset: CityscapesDataset, files: Mapping[str, Path], findings: Findings) -> None:
    """Say that there is no truth at all, and what is there instead."""
    other = {"labelIds": "labelTrainIds", "labelTrainIds": "labelIds"}[dataset.masks]
    if any(name.endswith(f"_{TRUTH}_{other}.png") for name in files):
        found, remedy = f"no file `…{_ending(dataset)}`", f"read the others with `masks: {other}`"
    elif (root / COARSE).is_dir():
        found, remedy = f"no {dataset.masks}, only {COARSE}, whose outlines are coarse", "unpack gtFine_trainvaltest"
    else:
        found, remedy = f"no {dataset.masks}", "unpack gtFine_trainvaltest"
    if dataset.tags_from_truth:
        findings.problem(root / TRUTH, found, f"{remedy}; or set `tags: none` where labels are of another kind")
    else:
        findings.note(f"{root / TRUTH}: {found}; nothing is scored")
