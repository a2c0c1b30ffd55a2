"""Pictures that are larger than a data set works on, with truth masks and masks of another program."""

from pathlib import Path

import numpy as np
import yaml
from PIL import Image, ImageDraw

from seedmask.config.graph import load_file
from seedmask.dataset.images import save_mask
from seedmask.plan import Plan

SIZE = (200, 130)
"""Width and height of the pictures."""
CLASSES = ("cow", "sheep")


def make_large(folder: Path, suffix: str = ".png", count: int = 2, **dataset: int) -> Plan:
    """Write pictures with a disc or square of their class, masks of it, and a configuration that reads the masks."""
    (folder / "pictures").mkdir()
    for number in range(count):
        label, name = number % 2 + 1, f"p{number}"
        mask = Image.new("L", SIZE)
        draw = ImageDraw.Draw(mask)
        (draw.ellipse if label == 1 else draw.rectangle)((40, 30, 110, 100), fill=label)
        labels = np.asarray(mask)
        pixels = np.where(labels[..., None] > 0, np.array([200, 60, 40], np.uint8), np.uint8(90))
        Image.fromarray(pixels).save(folder / "pictures" / f"{name}{suffix}")
        save_mask(folder / "pictures" / "masks" / f"{name}.png", labels)
    lines = (f"p{number},{CLASSES[number % 2]}\n" for number in range(count))
    (folder / "pictures" / "tags.csv").write_text("".join(lines))
    settings = {"name": "large", "format": "folder", "root": "pictures", "shard_size": 3, **dataset}
    masks = {"theirs": {"method": "folder", "path": "pictures/masks", "origin": "closed_world"}}
    (folder / "config.yaml").write_text(yaml.safe_dump({"dataset": settings, "masks": masks}))
    return Plan(load_file(folder / "config.yaml"))
