"""What every mask method promises; a test class inherits `MaskMethodContract` and gives `mask`."""

import numpy as np
import pytest


def blobs(height=24, width=32, count=3, seed=0):
    """Seeded image and smooth CAMs that fit together: one soft disc for each class."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:height, :width]
    image = rng.integers(0, 60, (height, width, 3), dtype=np.uint8)
    cams = np.zeros((count, height, width), np.float32)
    for k in range(count):
        centre = rng.uniform(0.2, 0.8, 2) * (height, width)
        distance = np.hypot(y - centre[0], x - centre[1]) / (0.3 * height + 1)
        cams[k] = np.exp(-(distance**2))
        image[distance < 1, k % 3] += 150
    return image, cams / (cams.max(axis=(1, 2), keepdims=True) + 1e-5)


class MaskMethodContract:
    """Image, CAMs and classes to a mask of the image's size."""

    may_ignore = False
    """Whether the method may answer 255."""

    def mask(self, image, cams, classes):
        """Mask of one image by the method under test with its default settings."""
        raise NotImplementedError

    def check(self, mask, image, classes):
        """Assert size, type and labels."""
        assert mask.dtype == np.uint8
        assert mask.shape == image.shape[:2]
        allowed = {0, *(c + 1 for c in classes)} | ({255} if self.may_ignore else set())
        assert set(np.unique(mask).tolist()) <= allowed

    @pytest.mark.parametrize("classes", [[4], [7, 2], [0, 19, 253]])
    def test_labels_are_background_or_a_present_class(self, classes):
        image, cams = blobs(count=len(classes))
        mask = self.mask(image, cams, classes)
        self.check(mask, image, classes)
        assert mask.any(), "strong CAMs must leave some foreground"

    def test_an_image_without_classes_is_all_background(self):
        image, _ = blobs()
        mask = self.mask(image, np.zeros((0, *image.shape[:2]), np.float32), [])
        self.check(mask, image, [])
        assert not mask.any()

    @pytest.mark.parametrize(("value", "label"), [(0.0, 0), (1.0, 6)])
    def test_a_constant_cam_gives_a_constant_mask(self, value, label):
        image, cams = blobs(count=1)
        mask = self.mask(image, np.full_like(cams, value), [5])
        self.check(mask, image, [5])
        assert (mask == label).all()

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_a_broken_cam_is_refused_and_its_class_named(self, value):
        image, cams = blobs(count=2)
        cams[1, 3, 4] = value
        with pytest.raises(ValueError, match="class 11 "):
            self.mask(image, cams, [3, 11])

    def test_a_map_for_each_class_is_demanded(self):
        image, cams = blobs(count=2)
        with pytest.raises(ValueError, match="2 maps for 3 classes"):
            self.mask(image, cams, [1, 2, 3])

    @pytest.mark.parametrize("shape", [(1, 20), (20, 1), (1, 1)])
    def test_images_one_pixel_high_or_wide_work(self, shape):
        image, cams = blobs(*shape, count=2)
        self.check(self.mask(image, cams, [1, 2]), image, [1, 2])

    def test_classes_may_be_an_array_and_cams_any_precision(self):
        image, cams = blobs(count=2)
        for dtype in (np.float16, np.float64):
            mask = self.mask(image, cams.astype(dtype), np.array([1, 2], np.int16))
            self.check(mask, image, [1, 2])

    def test_the_same_input_gives_the_same_mask_and_is_left_alone(self):
        image, cams = blobs(count=3)
        before = image.copy(), cams.copy()
        image.flags.writeable = cams.flags.writeable = False
        first = self.mask(image, cams, [1, 2, 3])
        assert np.array_equal(first, self.mask(image, cams, [1, 2, 3]))
        assert np.array_equal(image, before[0])
        assert np.array_equal(cams, before[1])

    def test_the_order_of_the_classes_does_not_matter(self):
        image, cams = blobs(count=3)
        mask = self.mask(image, cams, [1, 2, 3])
        other = self.mask(image, np.ascontiguousarray(cams[::-1]), [3, 2, 1])
        assert (mask == other).mean() > 0.99
