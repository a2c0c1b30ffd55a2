"""Small sets in the layouts of Cityscapes and of ADE20K's SceneParse150: folders, names and numbers as released."""

from collections.abc import Mapping, Sequence
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
    write_object_info(root)
    return root


def write_clicks(root: Path, folders: Sequence[int] = (20, 50, 100)) -> Path:
    """Clicks as AGMM's authors hand them out: a number of train ids beside each picture of `train`, 19 elsewhere."""
    for count in folders:
        for path in sorted(root.glob("gtFine/train/*/*_labelIds.png")):
            labels = np.full(SIZE[::-1], 19, np.uint8)
            labels[4, 8], labels[40, 72], labels[36, 32] = 10, 0, 13
            save(root / f"{count}clicks" / path.name.replace("labelIds", "labelTrainIds"), labels)
    return root


def write_saliency(root: Path, folder: Path) -> None:
    """A map for each picture of `train`, with an object in the middle."""
    pictures = [*root.glob("leftImg8bit/train/*/*.png"), *root.glob("images/training/*.jpg")]
    values = np.full(SIZE[::-1], 5, np.uint8)
    values[16:48, 24:72] = 250
    for path in pictures:
        save(folder / f"{path.stem.removesuffix('_leftImg8bit')}.png", values)


def write_cityscapes_names(root: Path, counts: Mapping[str, int]) -> None:
    """Files without content, as many as each split has: all that a plan looks at."""
    for split, count in counts.items():
        city = CITIES[split][0]
        for folder, ending in (("leftImg8bit", "leftImg8bit"), ("gtFine", "gtFine_labelIds")):
            (root / folder / split / city).mkdir(parents=True)
            for number in range(count):
                (root / folder / split / city / f"{city}_{number:06d}_000019_{ending}.png").touch()


def write_ade20k_names(root: Path, counts: Mapping[str, int]) -> None:
    """Files without content, as many as each folder has, and the names of the classes."""
    for folder, count in counts.items():
        for kind, suffix in (("images", "jpg"), ("annotations", "png")):
            (root / kind / folder).mkdir(parents=True)
            for number in range(count):
                (root / kind / folder / f"ADE_{folder}_{number:08d}.{suffix}").touch()
    write_object_info(root)


def write_object_info(root: Path) -> None:
    """Names of the 150 classes, as the release has them."""
    lines = [f"{number}\t0.01\t100\t10\t0\tthing{number}, other{number}" for number in range(1, 151)]
    (root / "objectInfo150.txt").write_text("\n".join(["Idx\tRatio\tTrain\tVal\tStuff\tName", *lines]) + "\n")


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
