"""Small sets in the layouts of Cityscapes and of ADE20K's SceneParse150: folders, names and numbers as released."""

from pathlib import Path

import numpy as np
from PIL import Image

CITIES = {"train": ("aachen", "bochum"), "val": ("frankfurt",), "test": ("berlin",)}
IDS = {"sky": 23, "building": 11, "road": 7, "car": 26, "person": 24, "ego vehicle": 1}
SIZE = (96, 64)
"""Width and height of the pictures."""


def write_cityscapes(root: Path, pictures: int = 3) -> Path:
    """Pictures of each city in `CITIES`, with `labelIds`; those of `test` hold no class."""
    rng = np.random.default_rng(0)
    for split, cities in CITIES.items():
        for city in cities:
            for number in range(pictures):
                ids = street()
                stem = f"{city}_{number:06d}_000019"
                save(root / f"leftImg8bit/{split}/{city}/{stem}_leftImg8bit.png", coloured(ids, rng))
                save(root / f"gtFine/{split}/{city}/{stem}_gtFine_labelIds.png", ids * (split != "test"))
    return root


def write_ade20k(root: Path, pictures: int = 4) -> Path:
    """Pictures of both splits, with annotations of classes 3 and 7 and two others, and 0 at the top."""
    rng = np.random.default_rng(0)
    for folder, short in (("training", "train"), ("validation", "val")):
        for number in range(pictures):
            numbers = np.full(SIZE[::-1], 3, np.uint8)
            numbers[32:] = 7
            numbers[16:40, 16:40], numbers[40:56, 56:80] = number + 11, 150 - number
            numbers[:4] = 0
            name = f"ADE_{short}_{number + 1:08d}"
            save(root / f"images/{folder}/{name}.jpg", coloured(numbers, rng))
            save(root / f"annotations/{folder}/{name}.png", numbers)
    lines = [f"{number}\t0.01\t100\t10\t0\tthing{number}, other{number}" for number in range(1, 151)]
    (root / "objectInfo150.txt").write_text("\n".join(["Idx\tRatio\tTrain\tVal\tStuff\tName", *lines]) + "\n")
    return root


def street() -> np.ndarray:
    """`labelIds` of a street with a car and a person, and the ego vehicle below."""
    ids = np.full(SIZE[::-1], IDS["sky"], np.uint8)
    ids[20:], ids[32:] = IDS["building"], IDS["road"]
    ids[28:44, 16:48], ids[24:40, 60:68] = IDS["car"], IDS["person"]
    ids[60:] = IDS["ego vehicle"]
    return ids


def coloured(numbers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A picture in which each number of a mask has its own colour, with noise."""
    colours = np.stack([numbers.astype(int) * factor % 256 for factor in (7, 41, 89)], axis=-1)
    return np.clip(colours + rng.integers(-20, 20, colours.shape), 0, 255).astype(np.uint8)


def save(path: Path, values: np.ndarray) -> None:
    """Write a picture or a grey mask, with its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(values).save(path)
