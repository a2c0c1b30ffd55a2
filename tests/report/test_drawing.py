import base64
import io

import numpy as np
from PIL import Image

from seedmask.dataset.images import palette
from seedmask.labels import LabelSet
from seedmask.report.drawing import colour_legend, data_uri, heat_over, labels_over, mask_over, small_image, small_mask


def decoded(uri):
    return Image.open(io.BytesIO(base64.b64decode(uri.split(",")[1])))


def test_a_small_mask_keeps_its_labels_and_the_palette():
    mask = np.zeros((100, 60), np.uint8)
    mask[20:, 10:] = 7
    mask[60:] = 255
    image = decoded(data_uri(small_mask(mask, 30)))
    assert image.format == "PNG"
    assert image.mode == "P"
    assert image.size == (18, 30)
    assert set(np.unique(np.asarray(image))) <= {0, 7, 255}
    shown = {tuple(colour) for colour in np.asarray(image.convert("RGB")).reshape(-1, 3).tolist()}
    assert shown == {tuple(palette()[label].tolist()) for label in (0, 7, 255)}


def test_a_picture_no_longer_than_wanted_stays_as_large_as_it_is():
    assert small_image(np.zeros((10, 20, 3), np.uint8), 30).size == (20, 10)


def test_strong_activation_is_warm_and_weak_activation_cold():
    grey = np.full((1, 2, 3), 128, np.uint8)
    ((cold, warm),) = heat_over(grey, np.array([[0.0, 1.0]], np.float32)).astype(int)
    assert cold[2] > cold[0]
    assert warm[0] > warm[2]
    assert np.abs(warm - 128).max() > np.abs(cold - 128).max()


def test_the_legend_gives_each_class_the_colour_of_its_label():
    names = dict(colour_legend(LabelSet(("cow", "sheep"))))
    assert list(names) == ["background", "cow", "sheep", "ignored"]
    assert names["sheep"] == tuple(palette()[2].tolist())


def test_a_single_labelled_pixel_is_seen_on_a_small_drawing_and_hides_no_other_label():
    labels = np.full((300, 400), 254, np.uint8)
    labels[100, 100], labels[100, 103], labels[:20] = 3, 0, 255
    drawn = labels_over(np.full((300, 400, 3), 100, np.uint8), labels, 100)
    assert drawn[100, 100].tolist() == palette()[3].tolist()
    assert drawn[100, 103].tolist() == [0, 0, 0]
    assert drawn[5, 5].tolist() == [255, 255, 255]
    assert drawn[200, 300].tolist() == [178, 178, 178]
    small = np.asarray(small_image(drawn, 100)).astype(int)
    assert np.abs(small - 178).sum(axis=2).max() > 100
    assert (np.abs(small[15:40, 15:40] - 178).sum(axis=2) > 60).sum() >= 9


def test_a_mask_over_a_picture_keeps_the_background_and_outlines_every_part():
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    mask = np.zeros((40, 50), np.uint8)
    mask[10:30, 10:25], mask[10:30, 25:40] = 1, 2
    drawn = mask_over(image, mask)
    assert np.array_equal(drawn[mask == 0], image[mask == 0])
    for label, left, right in ((1, 10, 24), (2, 25, 39)):
        for edge in (drawn[10, left:right], drawn[29, left:right], drawn[10:30, left], drawn[10:30, right]):
            assert (edge == palette()[label]).all()
        inner = (slice(12, 28), slice(left + 2, right - 1))
        mixed = image[inner] * 0.55 + palette()[label] * 0.45
        np.testing.assert_allclose(drawn[inner], mixed, atol=0.51)
