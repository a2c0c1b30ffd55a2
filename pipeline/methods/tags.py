"""Tags of a picture as numbers, and the sizes that a picture is shown at."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Shaped

from pipeline.methods.cams import Number

Scales = Sequence[Number] | Float[np.ndarray, " S"]
"""Factors of a picture's size."""

Tags = Shaped[np.ndarray, " C"] | Shaped[torch.Tensor, " C"] | Sequence[Number]
"""1 for each class in the picture, else 0; one number for every class, without background."""


def as_array(labels: Tags) -> Shaped[np.ndarray, " C"]:
    """Tags as an array, wherever they lie."""
    return labels.cpu().numpy() if isinstance(labels, torch.Tensor) else np.asarray(labels)
