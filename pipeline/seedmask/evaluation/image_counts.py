"""Counts of each image apart, from which scores of any choice of images follow."""

import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64

COUNTS = "pictures.npz"
"""File beside the scores of a variant, with the counts of each of its results."""


class ImageCounts:
    """Right, true and predicted pixels of each label in each image; labels without any of them take no space.

    Args:
        background: whether label 0 is a class; else labels count from that of the first class.
    """

    def __init__(self, background: bool = True) -> None:
        self._first = 0 if background else 1
        self.ids: list[str] = []
        """The images, in the order they were added."""
        self._labels: list[np.ndarray] = []
        self._pixels: list[np.ndarray] = []

    def add(self, image: str, matrix: Int64[np.ndarray, "C C"]) -> None:
        """Count an image.

        Args:
            image: its id.
            matrix: its pixels by truth (row) and prediction (column).
        """
        pixels = np.stack([matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)])[:, self._first :]
        present = np.flatnonzero(pixels.any(axis=0))
        self.ids.append(image)
        self._labels.append(present.astype(np.uint8))
        self._pixels.append(pixels[:, present])

    def arrays(self) -> dict[str, np.ndarray]:
        """`ids` as lines; and of each entry the number of its `image`, its `label`, and its three counts, `pixels`."""
        numbers = np.repeat(np.arange(len(self.ids)), [len(labels) for labels in self._labels])
        return {
            "ids": np.frombuffer("\n".join(self.ids).encode(), np.uint8),
            "image": numbers.astype(np.uint32),
            "label": np.concatenate([np.zeros(0, np.uint8), *self._labels]),
            "pixels": np.concatenate([np.zeros((3, 0), np.int64), *self._pixels], axis=1).astype(np.uint32),
        }


def image_counts_file(results: Sequence[ImageCounts]) -> bytes:
    """An NPZ file of the counts of several results; the same counts always give the same bytes."""
    stream = io.BytesIO()
    arrays = {f"{number}.{name}": array for number, one in enumerate(results) for name, array in one.arrays().items()}
    np.savez_compressed(stream, **arrays)  # pyright: ignore[reportArgumentType]  no key is `allow_pickle`
    return stream.getvalue()


def read_image_counts(data: bytes, number: int, labels: int) -> tuple[list[str], Int64[np.ndarray, "3 N C"]]:
    """Ids of the images, ascending, and right, true and predicted pixels of each label in each of them.

    Args:
        data: what `image_counts_file` gave.
        number: which of its results, from 0.
        labels: number of labels C.
    """
    with np.load(io.BytesIO(data)) as arrays:
        lines, image, label, pixels = (arrays[f"{number}.{name}"] for name in ("ids", "image", "label", "pixels"))
    ids = bytes(lines).decode().split("\n")
    counts = np.zeros((3, len(ids), labels), np.int64)
    counts[:, image, label] = pixels
    order = np.argsort(np.array(ids))
    return [ids[position] for position in order], counts[:, order]
