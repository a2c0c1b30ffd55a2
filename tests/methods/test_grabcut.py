import sys

import numpy as np
import pytest

from seedmask.errors import SeedmaskError
from seedmask.methods.boxes import Box
from seedmask.methods.grabcut import grabcut_foreground


def scene(height=60, width=80, seed=0):
    """A red disc on noisy green."""
    rng = np.random.default_rng(seed)
    image = rng.normal((40, 120, 40), 12, (height, width, 3))
    y, x = np.mgrid[:height, :width]
    disc = np.hypot(y - 30, x - 40) < 14
    image[disc] = rng.normal((190, 50, 50), 12, (disc.sum(), 3))
    return np.clip(image, 0, 255).astype(np.uint8), disc


def test_an_object_is_cut_from_its_surroundings():
    image, disc = scene()
    box = Box(20, 12, 60, 48, 1)
    found = grabcut_foreground(image)(box)
    assert found.shape == (36, 40)
    wanted = disc[box.pixels]
    assert (found & wanted).sum() / (found | wanted).sum() > 0.9


def test_the_same_picture_gives_the_same_foreground():
    image, _ = scene(seed=1)
    find = grabcut_foreground(image)
    first = find(Box(22, 14, 58, 46, 1))
    find(Box(0, 0, 30, 30, 1))
    assert np.array_equal(first, find(Box(22, 14, 58, 46, 1)))


@pytest.mark.parametrize(
    "box", [Box(0, 0, 80, 60, 1), Box(0, 0, 1, 1, 1), Box(79, 0, 80, 60, 1), Box(39, 29, 41, 31, 1)]
)
def test_boxes_of_any_size_have_a_foreground(box):
    image, _ = scene()
    assert grabcut_foreground(image)(box).shape == (box.bottom - box.top, box.right - box.left)


def test_a_picture_of_one_pixel_is_its_object():
    assert grabcut_foreground(np.zeros((1, 1, 3), np.uint8))(Box(0, 0, 1, 1, 1)).all()


def test_a_picture_of_one_colour_has_a_foreground():
    found = grabcut_foreground(np.full((20, 30, 3), 90, np.uint8))(Box(5, 5, 20, 15, 1))
    assert found.shape == (10, 15)


def test_without_opencv_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(SeedmaskError, match=r"pip install seedmask\[grabcut\]"):
        grabcut_foreground(np.zeros((4, 4, 3), np.uint8))
