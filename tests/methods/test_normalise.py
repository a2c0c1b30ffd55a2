import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.methods.normalise import over_maximum, stretch

MAPS = arrays(np.float32, (2, 3, 4), elements=st.floats(0, 1e3, width=32))


@given(MAPS, st.sampled_from([1e-5, 1e-8]), st.sampled_from([0, 1e-5]))
def test_numpy_and_torch_give_the_same_bits(maps, epsilon, offset):
    how = {"epsilon": epsilon, "offset": offset}
    assert np.array_equal(over_maximum(maps, **how), over_maximum(torch.from_numpy(maps), **how).numpy())
    low, high = maps.min(), maps.max()
    ours, theirs = stretch(maps, low, high, **how), stretch(torch.from_numpy(maps), float(low), float(high), **how)
    np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-6)


@given(MAPS)
def test_each_map_reaches_about_one_on_its_own(maps):
    found = over_maximum(maps)
    largest = maps.max(axis=(1, 2))
    np.testing.assert_allclose(found.max(axis=(1, 2)), largest / (largest + 1e-5), rtol=1e-5)
    assert found.min() >= 0


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_a_constant_map_stretches_to_zero(value):
    maps = np.full((2, 2), value)
    assert not stretch(maps, maps.min(), maps.max()).any()


def test_a_map_of_zeros_stays_zero():
    assert not over_maximum(torch.zeros(1, 2, 3, 3)).any()
