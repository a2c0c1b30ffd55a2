import numpy as np
import torch

from pipeline.config.networks import Augmentation
from pipeline.data.augment import Augment

PLAIN = Augmentation(crop=16, scale=(1, 1), flip=0, colour=0)


def picture(height=20, width=30):
    """A picture whose red is its label, so that the two can be compared after any move."""
    mask = np.random.default_rng(0).integers(1, 5, (height // 5, width // 5), dtype=np.uint8).repeat(5, 0).repeat(5, 1)
    return np.stack([mask * 50, mask * 0, mask * 0], axis=-1), mask


def test_picture_and_mask_move_together():
    augment = Augment(Augmentation(crop=16, scale=(1, 1), flip=0.5, colour=0))
    for seed in range(20):
        view, labels = augment(*picture(), seed)
        assert view.shape == (3, 16, 16)
        torch.testing.assert_close((view[0] * 255 / 50).round().long(), labels)


def test_what_lies_outside_the_picture_is_black_and_ignored():
    image, mask = picture(10, 10)
    view, labels = Augment(PLAIN)(image, mask, 0)
    assert (labels == 255).sum() == 16 * 16 - 10 * 10
    assert not view[:, labels == 255].any()


def test_labels_are_never_mixed_by_resizing():
    augment = Augment(Augmentation(crop=16, scale=(0.5, 2), flip=0.5, colour=0.5))
    image, mask = picture()
    for seed in range(20):
        assert set(augment(image, mask, seed)[1].unique().tolist()) <= {1, 2, 3, 4, 255}


def test_a_view_depends_on_its_seed_alone():
    augment = Augment(Augmentation(crop=16, scale=(0.5, 2), flip=0.5, colour=0.5))
    image, mask = picture()
    torch.manual_seed(1)
    first = augment(image, mask, 7)
    state = torch.get_rng_state()
    torch.manual_seed(2)
    again = augment(image, mask, 7)
    assert torch.equal(first[0], again[0])
    assert torch.equal(first[1], again[1])
    assert not torch.equal(first[0], augment(image, mask, 8)[0])
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), state), "a view must not use up the global random numbers"


def test_without_a_mask_only_the_picture_comes_back():
    view, labels = Augment(PLAIN)(picture()[0], None, 0)
    assert view.shape == (3, 16, 16)
    assert labels is None
