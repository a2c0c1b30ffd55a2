"""Arrays of one reference file."""

from pathlib import Path

import numpy as np
import torch

from seedmask.errors import SeedmaskError
from seedmask.networks.encoders import Normalisation, mean_and_deviation
from seedmask.testing.differences import Difference, largest_difference

NORMALISED = 1e-6
"""Single precision of normalised levels, which reach 2.64."""
IMAGENET = "resnet50"
"""An encoder with ImageNet's mean and deviation."""
MEAN, _ = mean_and_deviation(IMAGENET)


class Reference:
    """Arrays of one file, and which of them were looked at.

    Args:
        path: npz file without pickled objects.
    """

    def __init__(self, path: Path):
        with np.load(path) as arrays:
            self._arrays = dict(arrays)
        self._path, self._used = path, set[str]()

    def __contains__(self, name: str) -> bool:
        return name in self._arrays

    def __iter__(self):
        return iter(self._arrays)

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._arrays:
            raise SeedmaskError(f"{self._path}: no array {name}; found {', '.join(sorted(self._arrays))}")
        self._used.add(name)
        return self._arrays[name]

    def number(self, name: str) -> int:
        """An array of one whole number."""
        return int(self[name])

    def pair(self, name: str) -> tuple[int, int]:
        """An array of two whole numbers."""
        first, second = map(int, self[name])
        return first, second

    def compare(
        self, name: str, found: np.ndarray | torch.Tensor, tolerance: float = 0.0, expected: np.ndarray | None = None
    ) -> Difference:
        """How far an array is from the file's, or from another that is named like it."""
        expected = self[name] if expected is None else expected
        return Difference(self._path.name, name, largest_difference(np.asarray(found), expected), tolerance)

    def ignore(self, *names: str) -> None:
        """Leave out arrays that nothing can be compared with."""
        self._used.update(names)

    def left_out(self) -> list[Difference]:
        """A failure for each array that was not looked at."""
        names = [name for name in self._arrays if name not in self._used]
        return [Difference(self._path.name, f"{name} (not compared)", float("inf"), 0.0) for name in names]


def normalised(image: torch.Tensor, kind: str = "model") -> np.ndarray:
    """RGB (3, H, W) in 0..1 as an encoder with ImageNet's mean, or Caffe's, gets it."""
    return Normalisation(IMAGENET, "caffe_bgr" if kind == "caffe_bgr" else "model")(image[None])[0].numpy()


def as_tensor(image: np.ndarray) -> torch.Tensor:
    """An image (H, W, 3) as (3, H, W)."""
    return torch.from_numpy(image).permute(2, 0, 1)


def as_image(image: torch.Tensor) -> np.ndarray:
    """A tensor (3, H, W) as (H, W, 3)."""
    return image.permute(1, 2, 0).numpy()
