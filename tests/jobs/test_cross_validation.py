"""Cross-validated scores: no picture is scored by a head that has seen its tags."""

import numpy as np
import torch

from seedmask.jobs.tags import cross_validated


def test_tags_that_features_tell_are_told_and_others_are_not():
    features = torch.randn(60, 6, generator=torch.Generator().manual_seed(0))
    wanted = np.stack([features[:, 0].numpy() > 0, np.random.default_rng(0).random(60) < 0.5], axis=1)
    told = ((cross_validated(features, wanted, 5, 0) > 0) == wanted).mean(axis=0)
    assert told[0] > 0.85
    assert told[1] < 0.7


def test_a_picture_alone_has_nothing_to_learn_from():
    assert not cross_validated(torch.ones(1, 3), np.ones((1, 2), bool), 5, 0).any()
