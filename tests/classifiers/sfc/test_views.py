"""Views on a canvas, with what is picture and what is not."""

import numpy as np
import pytest
import torch

from seedmask.classifiers.sfc.samples import PaddedViews
from seedmask.config.networks import Augmentation
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Index, Row

GREY = torch.tensor([0.2, 0.4, 0.6]).view(1, 3, 1, 1)


ROW = Row("a", "a.png", "train", 30, 20, (1,), "hash", None, None)


class OneImage(Catalogue):
    """A data set of one white picture that lies nowhere."""

    index = Index(("cow", "sheep"), (ROW,))

    def __init__(self):
        pass

    def image(self, row):
        return np.full((20, 30, 3), 255, np.uint8)


def view(crop, seed=0, **options):
    settings = Augmentation(crop=crop, **{"scale": (1, 1), "flip": 0, "colour": 0, **options})
    return PaddedViews(OneImage(), [ROW], settings, GREY).view(0, seed)


def test_a_small_picture_lies_whole_on_the_canvas_and_its_place_changes():
    places = set()
    for seed in range(8):
        picture, labels, inside = view(40, seed)
        assert picture.shape == (3, 40, 40)
        assert labels.tolist() == [0, 1]
        assert inside.sum() == 20 * 30
        assert (picture[:, inside[0] == 1] == 1).all()
        assert torch.equal(picture[:, inside[0] == 0], GREY[0, :, 0].expand(3, 40 * 40 - 600))
        places.add(tuple(inside[0].nonzero()[0].tolist()))
    assert len(places) > 1


def test_a_crop_of_a_larger_picture_has_no_padding():
    _, _, inside = view(16)
    assert inside.all()


@pytest.mark.parametrize(("low", "high"), [(60, 60), (15, 45)])
def test_the_longer_side_is_drawn_between_its_limits(low, high):
    for seed in range(5):
        _, _, inside = view(80, seed, long_side=(low, high))
        columns = int(inside[0].any(dim=0).sum())
        assert low <= columns <= high
        assert abs(int(inside[0].any(dim=1).sum()) - columns * 2 / 3) <= 1
