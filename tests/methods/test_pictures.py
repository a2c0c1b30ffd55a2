import numpy as np
import torch

from seedmask.methods.batches import as_batch


def test_a_batch_has_channels_first_and_values_up_to_one():
    pictures = [np.full((2, 3, 3), (0, 51, 255), np.uint8), np.zeros((2, 3, 3), np.uint8)]
    batch = as_batch(pictures)
    assert batch.shape == (2, 3, 2, 3)
    assert batch.dtype == torch.float32
    assert torch.equal(batch[0, :, 1, 2], torch.tensor([0, 51, 255]) / 255)
    assert not batch[1].any()
