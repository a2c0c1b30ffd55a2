"""What a loss is to a segmenter's network."""

from collections.abc import Callable

import torch

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""Of logits (N, C, h, w) of any size and labels (N, H, W) with 255 for pixels that teach nothing, to a scalar."""
WeakLoss = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]
"""Of features (N, D, h, w), logits (N, C, H, W), labels (N, H2, W2) with C for unlabelled and 255 for padding, and the
classes (N, C) that each picture may show, background among them, to a scalar. Labels are smaller than logits where the
network has padded the picture on the right and below."""
