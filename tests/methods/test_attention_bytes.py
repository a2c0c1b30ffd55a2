from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.methods.attention_bytes import single_scale_cam
from seedmask.methods.i2crc import attention_bytes
from seedmask.testing.seeds import NetworkSeedContract, example_image


class TestSingleScale(NetworkSeedContract):
    least_maximum = 0.8  # divided by its maximum before it is resized, which may miss the peak

    def network_cams(self, score_maps, image, classes):
        return single_scale_cam(score_maps, image, classes, 64)


GOLDEN = Path(__file__).parents[1] / "golden" / "i2crc" / "cam_export.npz"


def test_maps_equal_those_that_the_reference_writes():
    case = np.load(GOLDEN)
    found = attention_bytes(case["maps"], case["class_ids"], case["image_hw"].tolist())
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, case["att_u8"])


def test_a_map_is_cut_to_bytes_before_it_is_resized():
    case = np.load(GOLDEN)
    found = attention_bytes(case["maps"], case["class_ids"], case["maps"].shape[1:])
    np.testing.assert_array_equal(found, case["att_u8_before_resize"])


@given(st.integers(0, 10_000), st.floats(0.01, 1000))
def test_a_map_with_a_positive_score_reaches_the_top_whatever_its_scale(seed, scale):
    maps = (scale * np.random.default_rng(seed).normal(size=(3, 5, 6))).astype(np.float32)
    maps[:, 2, 2] = scale
    found = attention_bytes(maps, [0, 2], (5, 6))
    assert found.shape == (2, 5, 6)
    assert set(found.max(axis=(1, 2)).tolist()) <= {254, 255}


@pytest.mark.parametrize("classes", [[], [1]])
def test_a_class_without_a_positive_score_and_a_picture_without_a_class_give_nothing(classes):
    found = attention_bytes(np.full((2, 4, 4), -1, np.float32), classes, (8, 9))
    assert found.shape == (len(classes), 8, 9)
    assert not found.any()


def test_the_network_sees_one_squashed_view_and_its_maps_are_bytes():
    seen = []

    def network(pictures):
        seen.append(pictures.shape)
        return pictures[:, :2] - 0.4

    found = single_scale_cam(network, example_image(), [1], 32)
    assert seen == [(1, 3, 32, 32)]
    np.testing.assert_allclose(found * 255, np.rint(found * 255), atol=1e-4)
