from itertools import combinations

import numpy as np
import pytest

from seedmask.demo.hard.raster import PixelBox
from seedmask.demo.hard.textures import TEXTURES, fractal, noise, texture

X, Y = PixelBox(-40, -40, 40, 40).middles()


def drawn(name, seed=0, period=0.4):
    return texture(name, X / 40, Y / 40, period, np.random.default_rng(seed))


@pytest.mark.parametrize("name", TEXTURES)
def test_values_lie_in_0_to_1_and_vary(name):
    values = drawn(name)
    assert values.dtype == np.float32
    assert values.min() >= 0
    assert values.max() <= 1
    assert (values.std() > 0.1) == (name != "plain")


@pytest.mark.parametrize("name", TEXTURES)
def test_the_same_generator_gives_the_same_values(name):
    assert (drawn(name) == drawn(name)).all()
    assert not (drawn(name) == drawn(name, seed=1)).all()


@pytest.mark.parametrize("name", sorted(set(TEXTURES) - {"plain"}))
def test_a_longer_period_has_fewer_changes(name):
    fine, coarse = (np.abs(np.diff(drawn(name, period=period), axis=0)).mean() for period in (0.25, 0.8))
    assert coarse < 0.8 * fine


def test_no_two_textures_are_the_same():
    """By the power of their frequencies, which does not depend on where they begin."""
    power = {name: np.abs(np.fft.fft2(drawn(name) - drawn(name).mean())) for name in TEXTURES}
    for one, other in combinations(TEXTURES, 2):
        assert np.corrcoef(power[one].ravel(), power[other].ravel())[0, 1] < 0.95, (one, other)


def test_noise_is_smooth_and_repeats_after_32():
    u, v = np.meshgrid(np.arange(0, 32, 0.25, np.float32), np.arange(0, 32, 0.25, np.float32))
    values = noise(u, v, np.random.default_rng(0))
    assert np.abs(np.diff(values, axis=1)).max() <= 0.26
    assert noise(u + 32, v - 32, np.random.default_rng(0)) == pytest.approx(values, abs=1e-4)


def test_rougher_and_finer_noise_changes_more_from_pixel_to_pixel():
    def change(cell, roughness):
        values = fractal((120, 90), cell, roughness, 1.0, np.random.default_rng(0))
        assert values.shape == (90, 120)
        assert (values.min(), values.max()) == (0, 1)
        return np.abs(np.diff(values, axis=1)).mean() / values.std()

    assert change(40.0, 0.4) < change(10.0, 0.4)
    assert change(40.0, 0.4) < change(40.0, 0.8)


def test_stretched_noise_changes_less_along_the_rows():
    values = fractal((120, 90), 20.0, 0.5, 3.0, np.random.default_rng(0))
    assert 1.5 * np.abs(np.diff(values, axis=1)).mean() < np.abs(np.diff(values, axis=0)).mean()
