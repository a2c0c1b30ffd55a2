"""What every seed method promises; a test class inherits `SeedContract` and gives `cams`."""

import numpy as np
import pytest
import torch


def toy_scores(channels=5, seed=0, stride=4):
    """Toy scores that depend on colour and on where bright and dark meet; not mirror-symmetric."""
    generator = torch.Generator().manual_seed(seed)
    layer = torch.nn.Conv2d(3, channels, 3, padding=1)
    for parameter in layer.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator)

    def score_maps(x):
        return torch.nn.functional.avg_pool2d(layer(x - 0.5), stride, ceil_mode=True)

    return score_maps


def picture(height=20, width=30, seed=0):
    """Seeded noise, uint8 RGB."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


class SeedContract:
    """Network, image and present classes to one map 0..1 for each class, of the image's size."""

    least_maximum = 0.999
    """What the maximum of a map with positive scores reaches at least."""

    def cams(self, score_maps, image, classes):
        """Maps of one image by the method under test with its default settings."""
        raise NotImplementedError

    def test_maps_are_float32_in_range_of_the_image_s_size_with_maxima_near_one(self):
        cams = self.cams(toy_scores(), picture(), np.array([0, 1, 2, 3, 4], np.int16))
        assert cams.dtype == np.float32
        assert cams.shape == (5, 20, 30)
        assert cams.min() >= 0
        assert (cams.max(axis=(1, 2)) > self.least_maximum).all()
        assert (cams.max(axis=(1, 2)) <= 1).all()

    def test_a_class_without_positive_scores_has_an_empty_map(self):
        cams = self.cams(lambda x: -torch.ones(len(x), 2, 3, 3), picture(), [1])
        assert cams.shape == (1, 20, 30)
        assert not cams.any()

    def test_absent_classes_change_nothing(self):
        both = self.cams(toy_scores(), picture(), [1, 3])
        assert np.array_equal(both[1:], self.cams(toy_scores(), picture(), [3]))

    def test_an_image_without_classes_has_no_map_and_asks_no_network(self):
        def never(x):
            raise AssertionError

        assert self.cams(never, picture(), []).shape == (0, 20, 30)

    @pytest.mark.parametrize("shape", [(1, 30), (20, 1), (1, 1)])
    def test_a_picture_one_pixel_high_or_wide_has_maps(self, shape):
        assert self.cams(toy_scores(stride=1), picture(*shape), [2]).shape == (1, *shape)

    def test_the_same_call_gives_the_same_maps_and_leaves_the_image_alone(self):
        image = picture()
        before = image.copy()
        first = self.cams(toy_scores(), image, [0, 2])
        assert np.array_equal(first, self.cams(toy_scores(), image, [0, 2]))
        assert np.array_equal(image, before)
