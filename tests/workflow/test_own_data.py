"""What `docs/own-data.md` tells people to write, run as they would."""

import re
from pathlib import Path

import numpy as np
import yaml
from PIL import Image
from workflow_kit import Workspace

from seedmask.export.images import export_masks

PAGE = (Path(__file__).parents[2] / "docs" / "own-data.md").read_text()


def section(title):
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def test_clicks_in_a_csv_become_masks(tmp_path, monkeypatch):
    workspace = Workspace(tmp_path / "work")
    text = section("Points that you clicked")
    config = yaml.safe_load(re.search(r"```yaml\n(.*?)```", text, re.DOTALL).group(1))
    assert len(re.search(r"```yaml\n(.*?)```", text, re.DOTALL).group(1).splitlines()) <= 10
    header, *_ = re.search(r"```\n(image,.*?)```", text, re.DOTALL).group(1).splitlines()

    cows = workspace.folder / "cows"
    (workspace.folder / "shapes" / "JPEGImages").rename(cows)
    names = (workspace.folder / "shapes" / "classes.txt").read_text()
    (cows / "classes.txt").write_text(names)
    clicks = {}
    for path in sorted(cows.glob("*.jpg")):
        truth = np.asarray(Image.open(workspace.folder / "shapes" / "SegmentationClass" / f"{path.stem}.png"))
        for label in np.unique(truth[truth < 255]).tolist():
            y, x = np.argwhere(truth == label)[(truth == label).sum() // 2].tolist()
            clicks[path.name, x, y] = label
    lines = [f"{image},{x},{y},{('background', *names.split())[label]}" for (image, x, y), label in clicks.items()]
    (workspace.folder / "clicks.csv").write_text("\n".join([header, *lines]))

    quick = {"epochs": 1, "least_steps": 0, "threads": 1, "augmentation": {"crop": 64}}  # all that is not from the page
    workspace.config = config | {"segmenters": {"clicks": config["segmenters"]["clicks"] | quick}}
    workspace.run()
    monkeypatch.chdir(workspace.folder)
    assert export_masks(workspace.folder / "results" / "cows", "masks/clicks", tmp_path / "masks") == 18
    for (image, x, y), label in clicks.items():
        assert np.asarray(Image.open(tmp_path / "masks" / image.replace(".jpg", ".png")))[y, x] == label
