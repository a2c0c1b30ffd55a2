"""What a loss is to a segmenter's network."""

from collections.abc import Callable

import torch

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Of logits (N, C, h, w) of any size and labels (N, H, W) with 255 for pixels that teach nothing, to a scalar."""
