"""A finished variant of masks whose tables lie in one folder and whose oddly named pictures lie in another."""

import unicodedata
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import storage_kit
from PIL import Image

from seedmask.config.dataset import FolderDataset
from seedmask.storage.canvas import MASK, Layout, StoreSize
from seedmask.storage.shard import ShardTask, write_shard
from seedmask.testing.indexing import build, write_index

CLASSES = ("cow & calf", "Schäfchen 🐑")
NAMES = (
    "0.png",
    "box/0.png",
    "box/a+b&c=d;e.png",
    "box/kühe 1#2 (copy).png",
    "50 %41/ä ö/who?.png",
    unicodedata.normalize("NFD", "box/übrig.png"),
)
HEIGHT, WIDTH = 24, 31


def mask_of(number: int) -> np.ndarray:
    """A ring with a pixel in its hole, lines of one pixel, a dot, and pixels that are ignored."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[2:11, 2:12] = 1
    mask[4:9, 4:9] = 0
    mask[6, 6] = 2
    mask[14, 3:25] = 2
    mask[range(15, 22), range(5, 12)] = 1
    mask[20, 26 + number % 4] = 1
    mask[22:, :4] = 255
    return np.roll(mask, number, axis=1) if number else mask


def make_results(
    folder: Path, names: tuple[str, ...] = NAMES, *, val: int = 2, base: str = "rel/pics"
) -> tuple[Path, Path]:
    """Write pictures, tables, index and `masks/own` into the working directory, which is `folder`.

    Args:
        folder: the working directory.
        names: pictures below their folder; the last `val` are of split `val`.
        val: how many.
        base: folder of the pictures.

    Returns:
        Results and folder of the pictures.
    """
    pictures, tables = folder / base, folder / "odd-labels"
    tables.mkdir()
    for number, name in enumerate(names):
        path = pictures / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (WIDTH, HEIGHT), (number, 90, 90)).save(path)
    (tables / "classes.txt").write_text("".join(f"{name}\n" for name in CLASSES), encoding="utf-8")
    splits = ["train"] * (len(names) - val) + ["val"] * val
    lines = (f'"{name}",{split}\n' for name, split in zip(names, splits, strict=True))
    (tables / "splits.csv").write_text("image,split\n" + unicodedata.normalize("NFC", "".join(lines)), encoding="utf-8")
    index = build(FolderDataset(name="odd", root="odd-labels", pictures=f"../{base}"))
    results = folder / "results" / "odd"
    write_index(results, index.classes, index.rows, len(names), "odd-labels")
    numbers = {name: number for number, name in enumerate(names)}
    masks = {row.id: mask_of(numbers[row.name]) for row in index.rows}
    job = storage_kit.job(results, 0, len(names), stage="masks", variant="own", splits=tuple(index.splits))
    store = Layout({"mask": MASK}, index.extent, len(names)), StoreSize.of(index)
    tasks = [ShardTask(number, row, {}) for number, row in enumerate(index.rows)]
    write_shard(job, *store, tasks, lambda task: {"mask": masks[task.image.id]})
    return results, pictures


def masks_of(names: tuple[str, ...] = NAMES) -> Mapping[str, np.ndarray]:
    """The masks, ignored pixels as background, as formats without them have it; by the names of the pictures."""
    return {name: np.where(mask_of(number) == 255, 0, mask_of(number)) for number, name in enumerate(names)}
