"""Pictures and saliency that are moved together."""

import numpy as np
import pytest
import torch

from seedmask.classifiers.i2crc.options import I2crcOptions
from seedmask.classifiers.i2crc.samples import SalientViews
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Index, Row
from seedmask.storage.reader import StoredVariant

ROW = Row("a", "a.png", "train", 30, 20, (1,), "hash", None, None)
LEVELS = np.random.default_rng(0).integers(0, 256, (4, 6)).astype(np.uint8).repeat(5, 0).repeat(5, 1)


class OneImage(Catalogue):
    """A data set of one grey picture that lies nowhere, as bright as it is salient."""

    index = Index(("cow", "sheep"), (ROW,))

    def __init__(self):
        pass

    def image(self, row):
        return np.repeat(LEVELS[..., None], 3, axis=2)


class Stored(StoredVariant):
    """Its saliency."""

    def __init__(self):
        pass

    def read(self, image):
        return {"map": LEVELS.astype(np.float32) * np.float32(1 / 255)}


def view(seed=0, **options):
    augmentation = {"scale": (1, 1), "flip": 0, "colour": 0, **options}
    settings = I2crcOptions.model_validate({"saliency": "saliency/net", "augmentation": augmentation})
    return SalientViews(OneImage(), [ROW], Stored(), settings).view(0, seed)


@pytest.mark.parametrize("seed", range(6))
def test_a_mirrored_crop_of_the_picture_is_that_of_its_saliency(seed):
    picture, labels, saliency = view(seed, crop=16, flip=0.5)
    assert labels.tolist() == [0, 1]
    torch.testing.assert_close(picture[0], saliency)


def test_what_lies_outside_the_picture_is_not_salient():
    picture, _, saliency = view(crop=40)
    assert saliency.shape == (40, 40)
    assert (saliency > 0).sum() == (picture[0] > 0).sum()


def test_padding_takes_the_colour_that_normalisation_makes_0_where_it_is_asked_for():
    picture, _, saliency = view(crop=40, pad="end", pad_colour="mean")
    assert not saliency[-1].any()
    torch.testing.assert_close(picture[:, -1, -1], torch.full((3,), 0.5), atol=1 / 255, rtol=0)


def test_a_squashed_view_has_the_saliency_of_each_place_s_corner():
    picture, _, saliency = view(square=12)
    assert picture.shape == (3, 12, 12)
    rows, columns = np.arange(12) * 20 // 12, np.arange(12) * 30 // 12
    np.testing.assert_allclose(saliency, LEVELS[rows][:, columns] / 255, atol=1e-6)


def test_the_authors_views_are_squashed_and_neither_cropped_nor_mirrored():
    augmentation = I2crcOptions.model_validate({"saliency": "saliency/net"}).augmentation
    assert (augmentation.square, augmentation.flip, augmentation.colour) == (256, 0, 0.3)
    first, second = (view(seed, square=12, flip=0)[2] for seed in (0, 1))
    assert torch.equal(first, second)
