"""Folders as people have them, and what `seedmask init` and the index make of them."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from seedmask.config.graph import load_file
from seedmask.dataset.formats import list_images
from seedmask.intake.options import ReadingOptions
from seedmask.intake.write import set_up, summary_lines
from seedmask.testing.indexing import build


@dataclass(frozen=True)
class Reading:
    """What came out, as the index holds it; keys are file names of images."""

    classes: tuple[str, ...]
    tags: dict[str, tuple[str, ...]]
    splits: dict[str, str]
    masks: dict[str, Path]
    said: str

    @property
    def counts(self):
        return dict(Counter(self.splits.values()))


def read(folder, **options):
    """Set a folder up in the working directory, and index what was written."""
    setup = set_up(Path(folder), Path("c.yaml"), "set1", ReadingOptions(**options), force=True)
    said = "\n".join(summary_lines(setup))
    if not setup.complete:
        return Reading((), {}, {}, {}, f"{said}\nlabels are missing")
    dataset = load_file(Path("c.yaml")).dataset
    listing, rows = list_images(dataset), build(dataset).rows
    said += "\n".join(listing.notes)
    names = {row.id: Path(row.image).name for row in rows}
    assert len(set(names.values())) == len(rows), "the kit keys images by their file names"
    return Reading(
        listing.classes,
        {names[row.id]: tuple(sorted(listing.classes[n] for n in row.tags or ())) for row in rows},
        {names[row.id]: row.split for row in rows},
        {names[row.id]: Path(dataset.root, row.mask) for row in rows if row.mask},
        said,
    )


def picture(path, size=(8, 6)):
    """A photograph-like image: noise that follows from its name."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = sum(map(ord, str(path)))
    pixels = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def pictures(*names):
    """Several; `img/{0..3}.jpg` stands for four."""
    for name in names:
        found = re.search(r"\{(\d+)\.\.(\d+)\}", name)
        if found is None:
            picture(name)
            continue
        for number in range(int(found[1]), int(found[2]) + 1):
            picture(name.replace(found[0], str(number)))


def mask(path, values, mode="L", size=(8, 6)):
    """A mask with stripes of some values: numbers, or colours in mode RGB."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    stripes = np.zeros((size[1], size[0], *np.shape(values)[1:]), dtype=np.uint16 if mode == "I;16" else np.uint8)
    for row in range(size[1]):
        stripes[row] = values[row * len(values) // size[1]]
    image = Image.fromarray(stripes.astype(np.uint8), "RGB") if mode == "RGB" else Image.fromarray(stripes)
    if mode == "P":
        image = Image.fromarray(stripes)
        image.putpalette(list(range(256)) * 3)
    image.convert("1").save(path) if mode == "1" else image.save(path)


def text(path, content):
    """A file of labels."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
