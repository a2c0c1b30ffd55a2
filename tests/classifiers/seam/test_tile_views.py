"""Tiles that SEAM is trained on."""

import numpy as np
import pytest
import torch
from PIL import Image

from seedmask.classifiers.seam.samples import TileViews
from seedmask.config.networks import Augmentation
from seedmask.config.tiles import MultiCropLabels
from seedmask.dataset.augment import Augment
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.colours import changed
from seedmask.dataset.index import Index, Row
from seedmask.methods.tiles import draw_tile
from seedmask.storage.reader import StoredVariant

ROW = Row("a", "a.png", "train", 40, 30, (1,), "hash", None, None)
PICTURE = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
CAM = np.ones((1, 30, 40), np.float32)
TILES = MultiCropLabels.model_validate({"rough": "seeds/rough", "scales": [1.5, 2], "size": 32, "tile": 20})


class OneImage(Catalogue):
    """A data set of one picture that lies nowhere."""

    index = Index(("cow", "sheep"), (ROW,))

    def __init__(self):
        pass

    def image(self, row):
        return PICTURE


class Stored(StoredVariant):
    """CAMs that are sure everywhere."""

    def __init__(self):
        pass

    def read(self, image):
        return {"cam": CAM}


def view(seed, **options):
    return TileViews(OneImage(), [ROW], Stored(), TILES, Augmentation(**options)).view(0, seed)[0]


def enlarged(tile):
    return np.array(tile.resize((32, 32), Image.Resampling.BILINEAR))


@pytest.mark.parametrize("seed", range(5))
def test_colours_change_before_or_after_a_tile_is_enlarged(seed):
    options = {"colour": 0.5, "colour_library": "pillow", "blur": 1}
    box, _ = draw_tile(CAM > 0.9, np.array([0, 1]), TILES.scales, np.random.default_rng(seed), size=32, tile=20)
    tile = Image.fromarray(PICTURE).crop(box)
    augment = Augment(Augmentation(square=32, **options))
    assert torch.equal(view(seed, **options), augment(enlarged(tile), None, seed)[0])

    drawn = augment.draw((32, 32), None, seed)
    levels = changed(torch.from_numpy(np.array(tile)).permute(2, 0, 1), drawn.changes, "pillow").permute(1, 2, 0)
    expected = torch.from_numpy(enlarged(Image.fromarray(levels.numpy()))).permute(2, 0, 1) / 255
    found = view(seed, **options, colour_of="picture")
    assert torch.equal(found, expected.flip(-1) if drawn.mirrored else expected)
    assert not torch.equal(found, view(seed, **options))


@pytest.mark.parametrize("sizes", [{"long_side": (8, 9)}, {"steps": (3,)}, {"short_side": 7}, {"crop": 7}])
def test_a_tile_takes_the_place_of_sizes_and_crop(sizes):
    assert torch.equal(view(0, **sizes), view(0))
