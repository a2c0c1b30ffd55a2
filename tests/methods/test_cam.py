import numpy as np
import torch

from seedmask.methods.cam import class_activation


def test_activation_is_the_weighted_sum_of_the_features():
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(2, 3, 4, 5, generator=generator)
    weight = torch.randn(6, 3, generator=generator)
    expected = torch.zeros(2, 6, 4, 5)
    for n, c, y, x in np.ndindex(2, 6, 4, 5):
        expected[n, c, y, x] = sum(weight[c, d] * features[n, d, y, x] for d in range(3))
    torch.testing.assert_close(class_activation(features, weight), expected)


def test_the_mean_of_the_activation_is_the_class_score_of_pooled_features():
    features, weight = torch.randn(1, 8, 4, 4), torch.randn(3, 8)
    torch.testing.assert_close(class_activation(features, weight).mean((2, 3)), features.mean((2, 3)) @ weight.T)
