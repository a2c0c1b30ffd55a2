"""Masks as YOLO polygons: a text file per image, a line per connected part of a class."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import yaml
from jaxtyping import Bool, Float
from scipy.spatial import KDTree
from skimage.measure import approximate_polygon, find_contours

from seedmask.dataset.index import Row
from seedmask.export.variants import StoredMasks, refuse_existing, text_of_lines, write_files
from seedmask.methods.weak_labels import Labels, objects_of

TOLERANCE = 0.4
"""Half pixels by which the outline may deviate to have fewer corners; no centre of a pixel changes sides."""
IMAGES, LABELS = "images", "labels"
"""Folders of the pictures and, in the same place, of their text files."""

SPLITS = ("train", "val", "test")
"""Splits that `data.yaml` has a key for; lists of others are written all the same."""


def export_yolo(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/labels/<image>.txt` with lines `class x y x y ...`, a list of each split, and `data.yaml`.

    `data.yaml` names the classes and the lists `<split>.txt`, which name the images as `./images/<path below the folder
    of the pictures>`: that folder is to be linked or copied to `<out>/images`. Programs find the text file of an image
    by replacing the last folder `images` of its path by `labels`, and so does this. Images that all lie in folders
    called `images`, as `train/images/1.jpg`, keep their path below `<out>` (`train/labels/1.txt`).

    Coordinates are shares of the image. Class 0 is the first class. Polygons enclose the centres of exactly the pixels
    of their part; ignored pixels are left out. Programs that round corners to whole pixels draw a part up to one pixel
    larger on each side.

    Args:
        results: `results/<data set>`.
        reference: a variant of masks or predictions.
        out: folder of the files.
        force: overwrite existing files.

    Returns:
        Number of files.

    Raises:
        SeedmaskError: the variant has no masks; a file exists; a list cannot hold the name of an image, or two images
            would have one text file.
    """
    masks = StoredMasks(results, reference)
    rows = {row.name: row for row in masks.rows}
    places = yolo_places(rows)
    lists: dict[str, list[str]] = {}
    for name, row in rows.items():
        lists.setdefault(row.split, []).append(f"./{places[name]}")
    paths = {split: out / f"{split}.txt" for split in lists}
    texts = {path: text_of_lines(path, lists[split]) for split, path in paths.items()}
    content = {split: paths[split].name for split in SPLITS if split in paths}
    content |= {"names": dict(enumerate(masks.classes))}
    texts[out / "data.yaml"] = yaml.safe_dump(content, allow_unicode=True, sort_keys=False)
    refuse_existing(texts, force=force)

    def save(image: str, path: Path) -> None:
        lines = _lines(rows[image], masks.read(rows[image]))
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")

    count = write_files({image: out / label_place(place) for image, place in places.items()}, save, force=force)
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")
    return count + len(texts)


def yolo_places(images: Iterable[str]) -> dict[str, str]:
    """Path below the export of each image, by its path below the folder of the pictures."""
    images = list(images)
    placed = all(IMAGES in image.split("/")[:-1] for image in images)
    return {image: image if placed else f"{IMAGES}/{image}" for image in images}


def label_place(image: str) -> str:
    """Text file of an image that lies in a folder `images`: `a/images/b/1.jpg` to `a/labels/b/1.txt`."""
    folders = image.split("/")
    last = max(number for number, folder in enumerate(folders[:-1]) if folder == IMAGES)
    return str(Path(*folders[:last], LABELS, *folders[last + 1 :]).with_suffix(".txt"))


def polygon_of(part: Bool[np.ndarray, "H W"]) -> Float[np.ndarray, "N 2"]:
    """Corners (x, y) of a connected part; pixel 0 reaches from 0 to 1.

    Holes hang on the outline by seams that are passed there and back, so that one polygon has them all.
    """
    ys, xs = (np.flatnonzero(part.any(axis=axis)) for axis in (1, 0))
    top, left = int(ys[0]), int(xs[0])
    fine = np.pad(part[top : ys[-1] + 1, left : xs[-1] + 1], 1).repeat(2, axis=0).repeat(2, axis=1)
    rings = find_contours(fine, 0.5, fully_connected="high")
    outline, *holes = (approximate_polygon(ring, TOLERANCE)[:-1] for ring in sorted(rings, key=_extent, reverse=True))
    return (_joined(outline, holes)[:, ::-1] + 0.5) / 2 - 1 + (left, top)


def _extent(ring: Float[np.ndarray, "N 2"]) -> float:
    """Area of the box around a ring."""
    return float(np.ptp(ring, axis=0).prod())


def _joined(outline: Float[np.ndarray, "N 2"], holes: list[Float[np.ndarray, "_ 2"]]) -> Float[np.ndarray, "M 2"]:
    """The outline with a detour to each hole from the corner that is nearest to it.

    A seam that crosses another hole does no harm, since it encloses nothing.
    """
    corners, detours = KDTree(outline), defaultdict(list)
    for hole in holes:
        distances, nearest = map(np.asarray, corners.query(hole))
        first = int(distances.argmin())
        corner = int(nearest[first])
        detours[corner] += [*np.roll(hole, -first, axis=0), hole[first], outline[corner]]
    return np.array([point for number, corner in enumerate(outline) for point in (corner, *detours[number])])


def _lines(row: Row, mask: Labels) -> Iterator[str]:
    for label, part in objects_of(mask):
        corners = np.clip(polygon_of(part) / (row.width, row.height), 0, 1)
        yield " ".join([str(label - 1), *(f"{value:.6f}" for value in corners.ravel())])
