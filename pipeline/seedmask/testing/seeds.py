"""What every seed method promises; a test class inherits a contract and gives the CAMs.

`SeedContract` is for a method that sees the image alone, `NetworkSeedContract` for one that asks a network.
"""

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


def example_image(height=20, width=30, seed=0):
    """Seeded noise, uint8 RGB."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


class SeedContract:
    """Image and present classes to one CAM in 0..1 for each class, of the image's size."""

    least_maximum = 0.999
    """What the maximum of a CAM with positive scores reaches at least."""

    def cams(self, image, classes):
        """CAMs of one image by the method under test with its default settings.

        Args:
            image: uint8 RGB (H, W, 3).
            classes: numbers of the present classes.

        Returns:
            float32 (K, H, W), in the order of the classes.
        """
        raise NotImplementedError

    def test_cams_are_float32_in_range_of_the_image_s_size_with_maxima_near_one(self):
        cams = self.cams(example_image(), np.array([0, 1, 2, 3, 4], np.int16))
        assert cams.dtype == np.float32
        assert cams.shape == (5, 20, 30)
        assert cams.min() >= 0
        assert (cams.max(axis=(1, 2)) > self.least_maximum).all()
        assert (cams.max(axis=(1, 2)) <= 1).all()

    def test_absent_classes_change_nothing(self):
        both = self.cams(example_image(), [1, 3])
        assert np.array_equal(both[1:], self.cams(example_image(), [3]))

    def test_an_image_without_classes_has_no_cam(self):
        assert self.cams(example_image(), []).shape == (0, 20, 30)

    @pytest.mark.parametrize("shape", [(1, 30), (20, 1), (1, 1)])
    def test_an_image_one_pixel_high_or_wide_has_cams(self, shape):
        assert self.cams(example_image(*shape), [2]).shape == (1, *shape)

    def test_the_same_call_gives_the_same_cams_and_leaves_the_image_alone(self):
        image = example_image()
        before = image.copy()
        first = self.cams(image, [0, 2])
        assert np.array_equal(first, self.cams(image, [0, 2]))
        assert np.array_equal(image, before)


class NetworkSeedContract(SeedContract):
    """The same of a method that asks a network for score maps."""

    def network_cams(self, score_maps, image, classes):
        """CAMs of one image by the method under test with its default settings.

        Args:
            score_maps: the network: images (N, 3, H, W) in 0..1 to score maps (N, C, h, w).
            image: uint8 RGB (H, W, 3).
            classes: numbers of the present classes.

        Returns:
            float32 (K, H, W), in the order of the classes.
        """
        raise NotImplementedError

    def cams(self, image, classes):
        """CAMs by a toy network, which gives an image of one pixel's width a score for each pixel."""
        return self.network_cams(toy_scores(stride=4 if min(image.shape[:2]) > 1 else 1), image, classes)

    def test_a_class_without_positive_scores_has_an_empty_cam(self):
        cams = self.network_cams(lambda x: -torch.ones(len(x), 2, 3, 3), example_image(), [1])
        assert cams.shape == (1, 20, 30)
        assert not cams.any()

    def test_an_image_without_classes_asks_no_network(self):
        def never(x):
            raise AssertionError

        assert self.network_cams(never, example_image(), []).shape == (0, 20, 30)
