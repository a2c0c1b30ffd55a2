"""Scribbles: a class along strokes (Lin et al., ScribbleSup, CVPR 2016)."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int, UInt8
from PIL import Image, ImageDraw
from scipy import ndimage
from scipy.sparse.csgraph import dijkstra
from skimage.graph import pixel_graph
from skimage.morphology import medial_axis

from seedmask.methods.cams import Number
from seedmask.methods.weak_labels import UNLABELLED, connected_parts, depth_of, objects_of


class Stroke(NamedTuple):
    """A polyline; pixels count from 0 at the upper left."""

    points: Sequence[tuple[float, float]]
    """x and y of its corners."""
    label: int
    """0 background, c + 1 for class c."""

    def within(self, box: tuple[int, int, int, int], size: tuple[int, int]) -> "Stroke | None":
        """The stroke in a part of its picture, with the corners outside; None where it passes by; args as of points."""
        left, top, right, bottom = box
        xs, ys = zip(*self.points, strict=True)
        if max(xs) < left or min(xs) >= right or max(ys) < top or min(ys) >= bottom:
            return None
        across, down = size[0] / (right - left), size[1] / (bottom - top)
        return Stroke([((x - left) * across, (y - top) * down) for x, y in self.points], self.label)


def stroke_labels(strokes: Iterable[Stroke], size: tuple[int, int], width: int = 3) -> UInt8[np.ndarray, "H W"]:
    """Weak labels of some strokes, 254 elsewhere; 254 too where strokes of different classes cross.

    Args:
        strokes: parts outside the image are left out.
        size: height and width of the image.
        width: of the strokes in pixels.
    """
    labels = np.full(size, UNLABELLED, np.uint8)
    crossed = np.zeros(size, bool)
    for points, label in strokes:
        canvas = Image.new("1", (size[1], size[0]))
        draw = ImageDraw.Draw(canvas)
        corners = [(float(x), float(y)) for x, y in points]
        draw.point(corners, fill=1)
        draw.line(corners, fill=1, width=width, joint="curve")
        for corner in corners if width > 2 else ():  # round ends
            draw.circle(corner, width / 2 - 0.5, fill=1)
        drawn = np.array(canvas)
        crossed |= drawn & (labels != UNLABELLED) & (labels != label)
        labels[drawn] = label
    labels[crossed] = UNLABELLED
    return labels


def simulated_scribbles(
    mask: UInt8[np.ndarray, "H W"],
    rng: np.random.Generator,
    *,
    length: Number = 0.6,
    jitter: Number = 2,
    width: int = 3,
    background: bool = True,
) -> UInt8[np.ndarray, "H W"]:
    """Strokes as an annotator could have drawn them, one along each object's medial axis; 254 elsewhere.

    Of the longest way along the axis a piece is kept, it strays smoothly, and what leaves the object is left out.

    Args:
        mask: truth, 255 for what is not known.
        rng: draws the piece and how it strays.
        length: of the piece, as a share of the way.
        jitter: standard deviation of the straying in pixels.
        width: of the stroke in pixels.
        background: whether the largest part of the background gets a stroke.
    """
    parts = objects_of(mask)
    if background and (mask == 0).any():
        pieces, count = connected_parts(mask == 0)
        sizes = np.bincount(pieces.ravel(), minlength=count + 1)[1:]
        parts.append((0, pieces == 1 + sizes.argmax()))
    labels = np.full(mask.shape, UNLABELLED, np.uint8)
    for label, part in parts:
        way = longest_way(part)
        kept = max(1, round(length * len(way)))
        first = int(rng.integers(len(way) - kept + 1))
        stroke = way[first : first + kept] + _straying(kept, jitter, rng)
        drawn = stroke_labels([Stroke(stroke[:, ::-1].tolist(), label)], mask.shape, width) == label
        inside = drawn & part
        labels[inside if inside.any() else _innermost(part)] = label
    return labels


def longest_way(part: Bool[np.ndarray, "H W"]) -> Int[np.ndarray, "N 2"]:
    """Rows and columns of the longest of the shortest ways along the medial axis of a connected part, from end to end.

    Found as a tree's diameter is: the farthest position from anywhere, then the farthest from there.
    """
    axis = np.asarray(medial_axis(np.pad(part, 1), rng=0))[1:-1, 1:-1]  # it breaks ties at random
    if axis.sum() < 2:
        return np.argwhere(_innermost(part))
    graph, positions = pixel_graph(axis, connectivity=2)
    far = _reached(dijkstra(graph, directed=False, indices=0))
    distances, before = dijkstra(graph, directed=False, indices=far, return_predecessors=True)
    step, way = _reached(distances), []
    while step >= 0:
        way.append(positions[step])
        step = before[step]
    return np.stack(np.unravel_index(way, part.shape), axis=1)


def _reached(distances: Float[np.ndarray, " N"]) -> int:
    """The farthest position that is reached."""
    return int(np.where(np.isfinite(distances), distances, -1).argmax())


def _innermost(part: Bool[np.ndarray, "H W"]) -> Bool[np.ndarray, "H W"]:
    innermost = np.zeros(part.shape, bool)
    innermost[np.unravel_index(depth_of(part).argmax(), part.shape)] = True
    return innermost


def _straying(count: int, jitter: Number, rng: np.random.Generator) -> Float[np.ndarray, "N 2"]:
    """Offsets of the positions of a stroke: smooth over some ten pixels, with the given standard deviation."""
    noise = ndimage.gaussian_filter1d(rng.normal(size=(count, 2)), 10, axis=0, mode="nearest")
    return jitter * noise / max(float(noise.std()), 1e-9) if count > 1 else np.zeros((count, 2))
