"""Pictures on their way into a network."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, UInt8


def as_batch(
    pictures: Sequence[UInt8[np.ndarray, "H W 3"]], device: torch.device | str = "cpu"
) -> Float[torch.Tensor, "N 3 H W"]:
    """RGB pictures of one size as float32 in 0..1."""
    return torch.from_numpy(np.stack(pictures)).to(device).permute(0, 3, 1, 2).float() / 255
