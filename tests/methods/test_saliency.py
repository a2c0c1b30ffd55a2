import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.methods.saliency import MEAN, SIDE, STD, bright_border, resized, salient_map, stretched


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 200, (height, width, 3), dtype=np.uint8)


def red(pictures):
    """The red channel as the network sees it, back in 0..1."""
    return pictures[:, :1] * np.float32(STD[0]) + np.float32(MEAN[0])


def test_the_network_sees_a_square_divided_by_its_largest_value_and_normalised():
    seen = []

    def network(pictures):
        seen.append(pictures)
        return pictures[:, :1] * 0

    salient_map(network, np.full((40, 60, 3), 100, np.uint8))
    (pictures,) = seen
    assert pictures.shape == (1, 3, SIDE, SIDE)
    assert pictures.dtype == np.float32
    np.testing.assert_allclose(pictures[0, :, 0, 0], (1 - np.array(MEAN)) / STD, rtol=1e-6)


@pytest.mark.parametrize("size", [(40, 60), (1, 1), (700, 30)])
def test_the_map_has_the_picture_s_size_and_lies_where_the_network_says(size):
    picture = np.zeros((*size, 3), np.uint8)
    picture[:, : -(-size[1] // 2), 0] = 255  # the left half is red
    found = salient_map(red, picture)
    assert found.shape == size
    assert found.dtype == np.float32
    assert 0 <= found.min() <= found.max() <= 1
    assert found[0, 0] == pytest.approx(1, abs=1e-5)
    if size[1] > 1:
        assert found[0, -1] == pytest.approx(0, abs=1e-5)


def left(pictures):
    """What is red and in the left half of what the network sees."""
    return red(pictures) * (np.arange(SIDE) < SIDE // 2)


@pytest.mark.parametrize("size", [(40, 60), (33, 51), (1, 1)])
def test_with_flip_the_map_is_the_mean_of_both_ways_round(size):
    picture = noise(*size)
    straight, mirrored = salient_map(left, picture), salient_map(left, picture[:, ::-1])
    found = salient_map(left, picture, flip=True)
    np.testing.assert_array_equal(found, (straight + mirrored[:, ::-1]) / 2)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, salient_map(left, picture[:, ::-1], flip=True)[:, ::-1])


def test_with_flip_a_symmetric_picture_has_a_symmetric_map():
    half = noise(20, 15)
    picture = np.concatenate([half, half[:, ::-1]], axis=1)
    found = salient_map(left, picture, flip=True)
    np.testing.assert_array_equal(found, found[:, ::-1])
    straight = salient_map(left, picture)
    assert not np.array_equal(straight, straight[:, ::-1])


def test_without_flip_the_network_is_asked_once_for_the_picture_as_it_is():
    seen = []

    def network(pictures):
        seen.append(pictures)
        return left(pictures)

    picture = noise(SIDE, SIDE)
    found = salient_map(network, picture)
    (pictures,) = seen
    np.testing.assert_array_equal(found, np.clip(left(pictures)[0, 0], 0, 1))


def test_a_black_picture_is_defined():
    assert np.isfinite(salient_map(red, np.zeros((8, 8, 3), np.uint8))).all()


@given(st.integers(0, 1000))
def test_a_stretched_map_fills_the_range_and_keeps_the_order(seed):
    map_ = np.random.default_rng(seed).uniform(0.2, 0.4, (5, 6))
    found = stretched(map_)
    assert (found.min(), found.max()) == (0, 1)
    assert (found.ravel().argsort() == map_.ravel().argsort()).all()


@pytest.mark.parametrize("level", [0.0, 0.3, 1.0])
def test_a_constant_map_becomes_nothing_when_it_is_stretched(level):
    assert not stretched(np.full((3, 4), level)).any()


def test_a_map_keeps_its_numbers_at_its_own_size():
    map_ = np.random.default_rng(0).uniform(size=(5, 6)).astype(np.float32)
    np.testing.assert_array_equal(resized(map_, (5, 6)), map_)
    assert resized(map_, (7, 3)).shape == (7, 3)


def framed(border, inner):
    map_ = np.full((8, 8), border, float)
    map_[2:-2, 2:-2] = inner
    return map_


@pytest.mark.parametrize(
    ("map_", "bright"),
    [
        (framed(0.9, 0.1), True),
        (framed(0.1, 0.9), False),
        (framed(0.4, 0.1), False),  # darker than half
        (framed(0.9, 0.9), False),  # salient throughout: nothing is inverted
        (np.zeros((8, 8)), False),
        (np.ones((1, 1)), True),
    ],
)
def test_an_inverted_map_has_a_bright_border(map_, bright):
    assert bright_border(map_) == bright
