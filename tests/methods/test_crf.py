import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage.data import astronaut

from seedmask.errors import SeedmaskError
from seedmask.methods import crf
from seedmask.methods.crf import dense_crf, dense_crfs, joint_crf_mask, label_probabilities
from seedmask.methods.crf_settings import LABEL_CRF, ROUGH_CRF, SEGMENTER_CRF, CRFSettings
from seedmask.methods.proportional import binary_foregrounds
from seedmask.testing.masks import MaskMethodContract, blobs

SOLVERS = ("pydensecrf", "lattice")
GOLDEN = Path(__file__).parents[1] / "golden" / "pmm"


class TestCRFOnScores(MaskMethodContract):
    def mask(self, image, cams, classes):
        return joint_crf_mask(image, cams, classes, background=0.3)


class TestCRFOnPowerBackground(MaskMethodContract):
    def mask(self, image, cams, classes):
        return joint_crf_mask(image, cams, classes, background=24, kind="exponent")


class TestCRFOnLabels(MaskMethodContract):
    def mask(self, image, cams, classes):
        return joint_crf_mask(image, cams, classes, background=0.3, unary="labels", settings=LABEL_CRF)


@pytest.mark.parametrize("solver", SOLVERS)
def test_marginals_equal_those_of_the_reference(solver):
    golden = np.load(GOLDEN / "seg_crf.npz")
    marginals = dense_crf(golden["image"], golden["prob"], replace(SEGMENTER_CRF, solver=solver))
    np.testing.assert_allclose(marginals, golden["crf"], atol=1e-5)
    assert np.array_equal(marginals.argmax(axis=0), golden["label"])


@settings(max_examples=20, deadline=None)
@given(arrays(np.float32, (3, 5, 6), elements=st.floats(0, 1, width=32)))
def test_marginals_sum_to_one(scores):
    image = blobs(5, 6)[0]
    marginals = dense_crf(image, scores, ROUGH_CRF)
    assert marginals.dtype == np.float32
    np.testing.assert_allclose(marginals.sum(axis=0), 1, atol=1e-5)


def test_without_pairwise_terms_the_clipped_probabilities_come_back():
    image, cams = blobs(count=2)
    plain = np.clip(cams, 1e-5, 1)
    none = CRFSettings(0, 1, 0, 1, 1, 0)
    np.testing.assert_allclose(dense_crf(image, cams, none), plain / plain.sum(axis=0), rtol=1e-4)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("count", [1, 2, 4])
def test_several_crfs_of_an_image_have_the_bits_of_each(count, solver):
    image, _ = blobs(31, 43)
    crf = replace(ROUGH_CRF, solver=solver)
    planes = np.random.default_rng(0).random((3, count, 31, 43), np.float32)
    found = [*dense_crfs(image, iter(planes), crf)]
    assert all(np.array_equal(one, dense_crf(image, each, crf)) for one, each in zip(found, planes, strict=True))
    assert [*dense_crfs(image, [], crf)] == []


def both(image, scores, settings):
    return [dense_crf(image, scores, replace(settings, solver=solver)) for solver in SOLVERS]


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_both_solvers_have_the_same_marginals(data):
    height, width, labels = (data.draw(st.integers(first, last)) for first, last in ((1, 40), (1, 40), (2, 20)))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    grey = data.draw(st.sampled_from([1, 32, 256]))
    image = rng.integers(0, grey, (height, width, 3)).astype(np.uint8)
    scores = rng.random((labels, height, width), np.float32)
    deviations, weights = st.floats(0.5, 100), st.floats(0, 10)
    iterations = data.draw(st.integers(0, 10))
    crf = CRFSettings(iterations, *(data.draw(one) for one in (deviations, weights, deviations, deviations, weights)))
    one, other = both(image, scores, crf)
    np.testing.assert_allclose(other, one, rtol=0, atol=1e-4)


@pytest.mark.parametrize("labels", [2, 3, 4, 5, 9, 10, 21])
@pytest.mark.parametrize("preset", [LABEL_CRF, ROUGH_CRF, SEGMENTER_CRF])
def test_both_solvers_have_the_same_labels_of_a_picture(labels, preset):
    image = astronaut()[::4, ::4]
    planes = np.arange(image.shape[1]) * labels // image.shape[1] + np.zeros((image.shape[0], 1), int)
    one, other = both(image, label_probabilities(planes.astype(np.uint8), labels), preset)
    np.testing.assert_allclose(other, one, rtol=0, atol=2e-5)
    assert np.array_equal(one.argmax(axis=0), other.argmax(axis=0))


def test_without_the_extension_pydensecrf_computes_and_only_then_the_extension_is_missed(monkeypatch):
    image, cams = blobs(count=2)
    expected = dense_crf(image, cams, replace(ROUGH_CRF, solver="pydensecrf"))
    monkeypatch.setitem(sys.modules, "seedmask_lattice", None)
    assert np.array_equal(dense_crf(image, cams, ROUGH_CRF), expected)
    with pytest.raises(SeedmaskError, match=r"solver lattice: .* take `solver: pydensecrf`, or .* `pip install ./latt"):
        dense_crf(image, cams, replace(ROUGH_CRF, solver="lattice"))


def test_kernels_that_are_too_narrow_for_the_extension_are_left_to_pydensecrf():
    image, cams = blobs(count=2)
    narrow = replace(ROUGH_CRF, bilateral_srgb=0.1)
    expected = dense_crf(image, cams, replace(narrow, solver="pydensecrf"))
    assert np.array_equal(dense_crf(image, cams, narrow), expected)
    with pytest.raises(SeedmaskError, match=r"solver lattice: the lattice has coordinates beyond its integers"):
        dense_crf(image, cams, replace(narrow, solver="lattice"))


def test_several_crfs_of_an_image_have_one_number_of_labels():
    image, _ = blobs(8, 9)
    several = [np.full((2, 8, 9), 0.5, np.float32), np.full((3, 8, 9), 0.3, np.float32)]
    with pytest.raises(ValueError, match="3 planes of 8x9 for an image of 8x9; expected 2 planes, of the image's size"):
        [*dense_crfs(image, iter(several), ROUGH_CRF)]


def test_the_lattices_of_an_image_are_built_once(monkeypatch):
    built, build = [], crf._inference
    monkeypatch.setattr(crf, "_inference", lambda *arguments: built.append(arguments) or build(*arguments))
    image, cams = blobs(20, 24, count=3)
    binary_foregrounds(image, cams)
    assert len(built) == 1


def test_a_mirrored_image_gives_mirrored_labels():
    image, cams = blobs(count=2)
    mask = joint_crf_mask(image, cams, [0, 1], background=0.3)
    mirrored = joint_crf_mask(image[:, ::-1], cams[..., ::-1], [0, 1], background=0.3)
    assert (mirrored[:, ::-1] == mask).mean() > 0.99


def test_labels_move_to_the_edge_of_the_image():
    image = np.zeros((20, 30, 3), np.uint8)
    image[:, 15:] = 220
    cams = np.zeros((1, 20, 30), np.float32)
    cams[:, :, 15:17] = 0.2  # below the background
    cams[:, :, 17:] = 0.9
    mask = joint_crf_mask(image, cams, [0], background=0.3)
    assert (mask[:, 15:] == 1).all()
    assert not mask[:, :15].any()


def test_one_label_is_certain():
    image = blobs()[0]
    assert (dense_crf(image, np.zeros((1, *image.shape[:2]), np.float32), LABEL_CRF) == 1).all()


def test_no_label_is_refused():
    image = blobs()[0]
    with pytest.raises(ValueError, match="at least one plane"):
        dense_crf(image, np.zeros((0, *image.shape[:2]), np.float32), LABEL_CRF)


def test_label_probabilities_share_the_rest_and_leave_ignored_pixels_uniform():
    labels = np.array([[0, 2, 255]], np.uint8)
    expected = [[0.7, 0.15, 1 / 3], [0.15, 0.15, 1 / 3], [0.15, 0.7, 1 / 3]]
    np.testing.assert_allclose(label_probabilities(labels, 3)[:, 0], expected, rtol=1e-6)


def test_label_probabilities_of_one_label_are_certain():
    assert (label_probabilities(np.array([[0, 255]], np.uint8), 1) == 1).all()


def test_a_label_beyond_the_count_is_refused():
    with pytest.raises(ValueError, match="label 3 among 3"):
        label_probabilities(np.array([[0, 3]], np.uint8), 3)


def test_a_missing_pydensecrf_is_explained(monkeypatch):
    monkeypatch.setitem(sys.modules, "pydensecrf", None)
    monkeypatch.setitem(sys.modules, "seedmask_lattice", None)
    image, cams = blobs(count=1)
    with pytest.raises(SeedmaskError, match=r"pip install seedmask\[crf\].*method: par"):
        joint_crf_mask(image, cams, [0], background=0.3)
