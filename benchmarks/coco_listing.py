"""What COCO 2014 costs before a picture is read: its JSON of 330 and 160 MB, listing, check and dry run.

The JSON has as many pictures, objects and corners as the released one, and the files of the pictures are empty.
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.kit.cases import Table
from benchmarks.kit.memory import ROOT
from benchmarks.kit.processes import run_command

RECIPE = ROOT / "recipes" / "sfc-coco.yaml"
SPLITS = {"train2014": (82_783, 82_081, 604_907), "val2014": (40_504, 40_137, 291_875)}
"""Pictures, those with an object, and objects of each folder."""
IDS = [number for number in range(1, 91) if number not in (12, 26, 29, 30, 45, 66, 68, 69, 71, 83)]
CORNERS = 2.85, 0.65
"""Mean and deviation of the logarithm of a polygon's corners, which give files of the released sizes."""
CROWD = 120
"""One object in so many is a crowd."""
LIST = """
from pathlib import Path
from seedmask.config.graph import load_file
from seedmask.dataset.listing import {how}
from seedmask.plan import Plan
print(Plan(load_file(Path({recipe!r})), {how}).listing.split_rows.counts)
"""


def tables(quick: bool) -> list[Table]:
    """Seconds and memory of each step."""
    share = 200 if quick else 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for split, counts in SPLITS.items():
            write_split(folder / "coco2014", split, *(count // share for count in counts))
        (folder / "weights").mkdir(exist_ok=True)
        (folder / "weights/res38d.pth").touch()
        recipe = str(RECIPE)
        check = ["-m", "seedmask", "check", recipe]
        steps = {
            "check, nothing stored": (check, ""),
            "listing, stored": (["-c", LIST.format(how="update_listing", recipe=recipe)], ""),
            "listing, again": (["-c", LIST.format(how="current_listing", recipe=recipe)], ""),
            "check": (check, "at most 15 s"),
            "dry run": (["-m", "seedmask", "run", recipe, "--dry-run", "--quiet"], "at most 15 s"),
        }
        rows = []
        for what, (command, wanted) in steps.items():
            used = run_command(command, folder)
            rows.append((what, used.seconds, used.processor, used.megabytes, wanted))
    return [Table("COCO 2014", ("", "s", "s of the processor", "MB", "wanted"), rows)]


def write_split(root: Path, split: str, pictures: int, shown: int, objects: int) -> Path:
    """Write empty pictures and the JSON of a split; its path."""
    rng = np.random.default_rng(pictures)
    names = [f"COCO_{split}_{number:012d}.jpg" for number in range(pictures)]
    (root / split).mkdir(parents=True, exist_ok=True)
    for name in names:
        (root / split / name).touch()
    address = f"http://images.cocodataset.org/{split}/"
    images = [
        {"license": 1, "file_name": name, "coco_url": address + name, "height": 480, "width": 640, "id": number}
        for number, name in enumerate(names)
    ]
    categories = [{"supercategory": "things", "id": number, "name": f"thing {number}"} for number in IDS]
    owners = rng.permutation(np.concatenate([np.arange(shown), rng.integers(shown, size=objects - shown)]))
    path = root / f"annotations/instances_{split}.json"
    path.parent.mkdir(exist_ok=True)
    with path.open("w") as file:
        file.write(f'{{"images": {json.dumps(images)}, "categories": {json.dumps(categories)}, "annotations": [')
        for number, owner in enumerate(owners.tolist()):
            file.write(", " * bool(number) + json.dumps(annotation(rng, number, owner)))
        file.write("]}")
    return path


def annotation(rng: np.random.Generator, number: int, image: int) -> dict[str, Any]:
    """An object as COCO writes it, its keys in the same order."""
    radius, centre = rng.uniform(5, 45), rng.uniform(50, 430, 2)
    if number % CROWD == 0:
        runs = rng.integers(1, 60, rng.integers(100, 2000)).tolist()
        segmentation: Any = {"counts": [*runs, 640 * 480 - sum(runs)], "size": [480, 640]}
    else:
        corners = int(np.clip(rng.lognormal(*CORNERS), 4, 200))
        angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
        reach = radius * rng.uniform(0.7, 1, (2, corners)) * [np.cos(angles), np.sin(angles)]
        segmentation = [(centre[:, None] + reach).T.round(2).ravel().tolist()]
    return {
        "segmentation": segmentation,
        "area": round(float(np.pi * radius**2 * 0.72), 4),
        "iscrowd": int(number % CROWD == 0),
        "image_id": image,
        "bbox": [*(centre - radius).round(2).tolist(), *[round(2 * radius, 2)] * 2],
        "category_id": int(rng.choice(IDS)),
        "id": number,
    }
