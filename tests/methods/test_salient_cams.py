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
weights = st.floats(0.01, 0.99)
means = st.sampled_from(["geometric", "arithmetic"])


class TestSalientCams(SeedContract):
    """Activation is the brightness of a column for each class, saliency that of the picture."""

    least_maximum = 0.5

    def cams(self, image, classes):
        grey = image.mean(axis=2, dtype=np.float32) / 255
        cams = [np.roll(grey, int(c), axis=1) for c in classes]
        return salient_cams(np.array(cams, np.float32).reshape(-1, *grey.shape), grey)


@given(cams_of_three, saliency_maps, weights)
def test_the_geometric_mean(cams, saliency, weight):
    found = salient_cams(cams, saliency, weight)
    assert found.dtype == np.float32
    expected = saliency.astype(float) ** weight * cams.astype(float) ** (1 - weight)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-30)
    assert 0 <= found.min() <= found.max() <= 1
    assert not found[:, saliency == 0].any()


@given(cams_of_three, saliency_maps, weights)
def test_the_arithmetic_mean_of_active_classes(cams, saliency, weight):
    found = salient_cams(cams, saliency, weight, "arithmetic")
    assert found.dtype == np.float32
    expected = weight * saliency.astype(float) + (1 - weight) * cams.astype(float)
    np.testing.assert_allclose(found, np.where(cams > 0, expected, 0), rtol=1e-5)
    assert 0 <= found.min() <= found.max() <= 1


@given(cams_of_three, saliency_maps, means)
def test_the_strongest_class_stays_the_strongest_as_it_is_stored(cams, saliency, mean):
    spec = cam_spec("float16")
    found = decode(encode(salient_cams(cams, saliency, mean=mean), spec), spec)
    where = (saliency > 0) | (mean == "arithmetic")
    np.testing.assert_array_equal(found.argmax(axis=0)[where], cams.argmax(axis=0)[where])


@given(cams_of_three, saliency_maps, saliency_maps, weights, means)
def test_more_saliency_is_never_less_activation(cams, one, other, weight, mean):
    less, more = np.minimum(one, other), np.maximum(one, other)
    assert (salient_cams(cams, less, weight, mean) <= salient_cams(cams, more, weight, mean)).all()


@given(cams_of_three, saliency_maps, weights, means)
def test_a_class_that_is_not_active_stays_so(cams, saliency, weight, mean):
    assert not salient_cams(cams, saliency, weight, mean)[cams == 0].any()


def test_a_picture_without_tags_has_no_cam():
    assert salient_cams(np.zeros((0, 3, 4), np.float32), np.ones((3, 4), np.float32)).shape == (0, 3, 4)


@pytest.mark.parametrize("weight", [0, 1, -1, float("nan")])
def test_a_weight_that_leaves_out_one_of_them_is_refused(weight):
    with pytest.raises(ValueError, match="expected a number between 0 and 1"):
        salient_cams(np.ones((1, 2, 2), np.float32), np.ones((2, 2), np.float32), weight)


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
