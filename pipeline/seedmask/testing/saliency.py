"""What every saliency method promises; a test class inherits `SaliencyContract` and gives `saliency`."""

import numpy as np
import pytest

from seedmask.testing.seeds import example_image


class SaliencyContract:
    """Image to one map 0..1 of its size."""

    def saliency(self, image):
        """Map of one image by the method under test with its default settings."""
        raise NotImplementedError

    @pytest.mark.parametrize("shape", [(20, 30), (1, 30), (20, 1), (1, 1)])
    def test_the_map_is_float32_in_range_and_of_the_image_s_size(self, shape):
        found = self.saliency(example_image(*shape))
        assert found.dtype == np.float32
        assert found.shape == shape
        assert 0 <= found.min() <= found.max() <= 1

    @pytest.mark.parametrize("level", [0, 255])
    def test_an_image_of_one_colour_has_a_map(self, level):
        assert np.isfinite(self.saliency(np.full((20, 30, 3), level, np.uint8))).all()

    def test_the_same_image_gives_the_same_map_and_is_left_alone(self):
        image = example_image()
        before = image.copy()
        image.flags.writeable = False
        first = self.saliency(image)
        assert np.array_equal(first, self.saliency(image))
        assert np.array_equal(image, before)
