import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.methods.salient_cams import salient_cams
from seedmask.storage.canvas import cam_spec, decode, encode
from seedmask.testing.seeds import SeedContract

levels = st.integers(0, 255).map(lambda byte: np.float32(byte / 255))
cams_of_three = arrays(np.float32, (3, 3, 4), elements=levels)
saliency_maps = arrays(np.float32, (3, 4), elements=levels)
powers = st.floats(0.01, 4)


class TestSalientCams(SeedContract):
    """Activation is the brightness of a column for each class, saliency that of the picture."""

    least_maximum = 0.5

    def cams(self, image, classes):
        grey = image.mean(axis=2, dtype=np.float32) / 255
        cams = [np.roll(grey, int(c), axis=1) for c in classes]
        return salient_cams(np.array(cams, np.float32).reshape(-1, *grey.shape), grey)


@given(cams_of_three, saliency_maps, powers)
def test_a_class_is_as_active_as_the_formula_says(cams, saliency, power):
    found = salient_cams(cams, saliency, power)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, saliency.astype(float) * cams.astype(float) ** power, rtol=1e-5, atol=1e-30)
    assert 0 <= found.min() <= found.max() <= 1


@given(cams_of_three, saliency_maps)
def test_the_strongest_class_stays_the_strongest_as_it_is_stored(cams, saliency):
    spec = cam_spec("float16")
    found = decode(encode(salient_cams(cams, saliency), spec), spec)
    where = saliency > 0
    np.testing.assert_array_equal(found.argmax(axis=0)[where], cams.argmax(axis=0)[where])


@given(cams_of_three, saliency_maps, saliency_maps, powers)
def test_more_saliency_is_never_less_activation(cams, one, other, power):
    less, more = np.minimum(one, other), np.maximum(one, other)
    assert (salient_cams(cams, less, power) <= salient_cams(cams, more, power)).all()


@given(cams_of_three, saliency_maps, powers)
def test_a_class_that_is_not_active_stays_so_and_so_does_all_where_nothing_is_salient(cams, saliency, power):
    found = salient_cams(cams, saliency, power)
    assert not found[cams == 0].any()
    assert not found[:, saliency == 0].any()


def test_a_picture_without_tags_has_no_cam():
    assert salient_cams(np.zeros((0, 3, 4), np.float32), np.ones((3, 4), np.float32)).shape == (0, 3, 4)


@pytest.mark.parametrize("power", [0, -1, float("nan")])
def test_a_power_that_makes_all_classes_equal_is_refused(power):
    with pytest.raises(ValueError, match="expected a number above 0"):
        salient_cams(np.ones((1, 2, 2), np.float32), np.ones((2, 2), np.float32), power)


def test_saliency_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"saliency of \(2, 3\) pixels \(H, W\) for CAMs of \(2, 2\)"):
        salient_cams(np.ones((1, 2, 2), np.float32), np.ones((2, 3), np.float32))


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan, np.inf])
def test_numbers_outside_the_range_are_refused_and_the_map_named(value):
    broken, whole = np.full((2, 2), value, np.float32), np.ones((2, 2), np.float32)
    with pytest.raises(ValueError, match=r"saliency: a map holds NaN or numbers outside 0\.\.1"):
        salient_cams(whole[None], broken)
    with pytest.raises(ValueError, match="CAMs: a map holds NaN"):
        salient_cams(np.stack([whole, broken]), whole)
