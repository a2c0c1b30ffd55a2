"""Counts of each image apart, from which scores of any choice of images follow."""

import io
from collections.abc import Sequence

import numpy as np
from jaxtyping import Int64


class ImageCounts:
    """Right, true and predicted pixels of each label in each image; labels without any of them take no space."""

    def __init__(self) -> None:
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
        pixels = np.stack([matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)])
        present = np.flatnonzero(pixels.any(axis=0))
        self.ids.append(image)
        self._labels.append(present.astype(np.uint8))
        self._pixels.append(pixels[:, present])

    def as_bytes(self) -> bytes:
        """An NPZ file: `ids` as lines, then of each entry the number of its image, its label, and its three counts."""
        numbers = np.repeat(np.arange(len(self.ids)), [len(labels) for labels in self._labels])
        stream = io.BytesIO()
        np.savez_compressed(
            stream,
            ids=np.frombuffer("\n".join(self.ids).encode(), np.uint8),
            image=numbers.astype(np.uint32),
            label=np.concatenate([np.zeros(0, np.uint8), *self._labels]),
            pixels=np.concatenate([np.zeros((3, 0), np.int64), *self._pixels], axis=1).astype(np.uint32),
        )
        return stream.getvalue()


def read_image_counts(data: bytes, labels: int) -> tuple[Sequence[str], Int64[np.ndarray, "3 N C"]]:
    """Ids of the images, ascending, and right, true and predicted pixels of each label in each of them.

    Args:
        data: what `ImageCounts.as_bytes` gave.
        labels: number of labels C.
    """
    with np.load(io.BytesIO(data)) as arrays:
        ids = bytes(arrays["ids"]).decode().split("\n")
        counts = np.zeros((3, len(ids), labels), np.int64)
        counts[:, arrays["image"], arrays["label"]] = arrays["pixels"]
    order = np.argsort(np.array(ids))
    return [ids[number] for number in order], counts[:, order]
