import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from seedmask.config.dataset import MOST_SIDE, FolderDataset
from seedmask.dataset.placement import placements, tile_id, working_size
from seedmask.dataset.placing import LastPicture, placed_labels, placed_values, shrunk, whole_labels, whole_values

SIDES = st.integers(1, 700)


@given(st.tuples(SIDES, SIDES), st.integers(64, 500))
def test_tiles_cover_each_pixel_once_and_are_of_about_one_size(size, side):
    tiles = placements(size, None, side)
    covered = np.zeros(size[::-1], np.uint8)
    for tile in tiles:
        left, top, right, bottom = tile.box
        covered[top:bottom, left:right] += 1
        assert max(tile.size) <= side
    assert (covered == 1).all()
    assert all(max(tile.size[axis] for tile in tiles) - min(tile.size[axis] for tile in tiles) <= 1 for axis in (0, 1))
    assert [tile_id("a", tile.box) for tile in tiles] == sorted(tile_id("a", tile.box) for tile in tiles)


def test_a_picture_that_is_not_larger_than_a_tile_stays_whole():
    (whole,) = placements((1024, 900), None, 1024)
    assert whole.is_plain
    assert not whole.tiled


@given(st.tuples(SIDES, SIDES), st.integers(64, 500))
def test_the_working_side_is_the_longer_one_and_the_shape_stays(size, side):
    small = working_size(size, side)
    assert max(small) == min(side, max(size))
    assert min(small) == max(1, round(min(size) * max(small) / max(size)))


@pytest.mark.parametrize("sides", [{"tiles": 64}, {"working_side": 100}, {}])
def test_labels_and_values_come_back_at_the_size_of_the_picture(sides):
    truth = np.kron(np.array([[0, 3], [255, 1]], np.uint8), np.ones((76, 100), np.uint8))
    rows = placements((200, 152), **{"working_side": None, "tiles": None, **sides})
    parts = [(row, placed_labels(truth, row)) for row in rows]
    assert all(part.shape == row.size[::-1] for row, part in parts)
    assert np.array_equal(whole_labels(parts), truth)
    values = np.linspace(0, 1, 200, dtype=np.float32)[None].repeat(152, axis=0)
    found = whole_values((row, placed_values(values, row)) for row in rows)
    np.testing.assert_allclose(found, values, atol=0.01)
    assert found.shape == values.shape


def test_a_picture_is_shrunk_without_aliasing():
    stripes = np.zeros((300, 400, 3), np.uint8)
    stripes[:, ::2] = 200
    small = shrunk(stripes, (100, 75))
    assert abs(small[5:-5, 5:-5].astype(int) - 100).max() <= 3


def test_the_last_picture_is_read_once_for_its_tiles():
    rows, reads, last = placements((200, 64), None, 64), [], LastPicture()

    def read():
        reads.append(1)
        return np.zeros((64, 200), np.uint8)

    for picture in "aab":
        for row in rows:
            last.of(picture, row, read)
    assert len(reads) == 2
    last.of("b", None, read)
    assert len(reads) == 3


def test_the_ways_of_large_pictures_exclude_each_other():
    settings = {"name": "a", "root": "a"}
    for wrong in ({"working_side": 512, "tiles": 256}, {"tiles": 256, "max_side": 9000}):
        with pytest.raises(ValidationError, match="exclude each other: `working_side` shrinks larger pictures"):
            FolderDataset(**settings, **wrong)
    assert FolderDataset(**settings).readable_side == 2048
    assert FolderDataset(**settings, tiles=256).readable_side == MOST_SIDE
