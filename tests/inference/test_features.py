import pytest
import torch
from torch.nn.functional import interpolate

from seedmask.inference.features import _probabilities


@pytest.mark.parametrize("size", [(40, 56), (25, 31), (20, 28)])
def test_probabilities_of_some_labels_are_those_among_all(size):
    logits = 4 * torch.randn(1, 7, 20, 28, generator=torch.Generator().manual_seed(0))
    expected = interpolate(logits, size, mode="bilinear", align_corners=False)[0].softmax(dim=0)
    torch.testing.assert_close(_probabilities(logits, size, [1, 4]), expected[[1, 4]], atol=2e-5, rtol=0)
