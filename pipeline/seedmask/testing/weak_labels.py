"""What simulated labels of every kind promise; a test class inherits `AnnotationContract` and gives `labels`."""

import numpy as np
import pytest

from seedmask.methods.weak_labels import UNLABELLED


def truth(height=40, width=60, classes=(1, 4), seed=0):
    """A mask with a disc of each class, drawn in order, each with a rim of 255."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    mask = np.zeros((height, width), np.uint8)
    for label in classes:
        centre = rng.uniform(0.25, 0.75, 2) * (height, width)
        distance = np.hypot(y - centre[0], x - centre[1])
        mask[distance < 0.2 * min(height, width) + 1] = 255
        mask[distance < 0.2 * min(height, width)] = label
    return mask


class AnnotationContract:
    """From a truth mask, and an image's own generator, to labels of some of its pixels."""

    may_err = False
    """Whether a label can differ from truth, as with labels that a person would not have given one by one."""

    def labels(self, mask, rng):
        """Labels simulated by the method under test with its default settings."""
        raise NotImplementedError

    @pytest.mark.parametrize("seed", range(5))
    def test_labels_are_true_and_the_other_pixels_unlabelled(self, seed):
        mask = truth(seed=seed)
        found = self.labels(mask, np.random.default_rng(seed))
        assert found.dtype == np.uint8
        assert found.shape == mask.shape
        given = found != UNLABELLED
        assert given.any()
        assert set(found[given].tolist()) <= {0, *mask[mask < 255].tolist()}
        if not self.may_err:
            assert (found[given] == mask[given]).all()

    def test_the_same_generator_gives_the_same_labels(self):
        first, second = (self.labels(truth(), np.random.default_rng(3)) for _ in range(2))
        assert np.array_equal(first, second)

    @pytest.mark.parametrize("shape", [(1, 30), (30, 1), (1, 1)])
    def test_pictures_one_pixel_high_or_wide_work(self, shape):
        for label in (0, 7):
            mask = np.full(shape, label, np.uint8)
            found = self.labels(mask, np.random.default_rng(0))
            assert set(np.unique(found).tolist()) <= {label, UNLABELLED}

    def test_a_picture_whose_truth_is_unknown_gets_no_label_of_a_class(self):
        found = self.labels(np.full((20, 30), 255, np.uint8), np.random.default_rng(0))
        assert set(np.unique(found).tolist()) <= {0, UNLABELLED}

    def test_the_mask_is_left_alone(self):
        mask = truth()
        mask.flags.writeable = False
        self.labels(mask, np.random.default_rng(0))
