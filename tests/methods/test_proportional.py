from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.methods.crf import joint_crf_mask
from seedmask.methods.crf_settings import PROPORTIONAL_CRF
from seedmask.methods.pmm import (
    binary_foregrounds,
    class_importance,
    coefficient_of_variation,
    matching_exponent,
    proportional_labels,
    proportional_mask,
    smooth_cams,
    strongest_labels,
)
from seedmask.testing.masks import MaskMethodContract, blobs

GOLDEN = Path(__file__).parents[1] / "golden" / "pmm"
WITH_CRF = ["const_half", "const_half_vs_small", "const_one", "const_zero", "empty", "single", "three", "three_nocvs"]
WITHOUT_CRF = ["three_nocrf", "two_overlap_nocrf"]
ALL = [*WITH_CRF, *WITHOUT_CRF, "toy_fixed_fg", "toy_tie"]

scores = arrays(np.float64, (2, 4, 5), elements=st.floats(0, 1, allow_subnormal=False))
claims = arrays(bool, (2, 4, 5))


def golden(name):
    """Vectors of one case and its settings."""
    case = dict(np.load(GOLDEN / (f"{name}.npz" if name == "cvs_edge" else f"ppg_{name}.npz")))
    return case, {"threshold": float(case["cam_thresh"]), "scale": float(case["cv_scale"])}


class TestProportional(MaskMethodContract):
    def mask(self, image, cams, classes):
        return proportional_mask(image, cams, classes)


class TestProportionalWithoutCRF(MaskMethodContract):
    def mask(self, image, cams, classes):
        return proportional_mask(image, cams, classes, crf=None)


class TestWithoutSmoothing(MaskMethodContract):
    def mask(self, image, cams, classes):
        return proportional_mask(image, cams, classes, scale=0)


class TestWithoutShares(MaskMethodContract):
    def mask(self, image, cams, classes):
        return proportional_mask(image, cams, classes, shares=False)


@pytest.mark.parametrize("name", [*ALL, "cvs_edge"])
def test_variation_and_smoothed_maps_equal_those_of_the_reference(name):
    case, values = golden(name)
    np.testing.assert_allclose(coefficient_of_variation(case["cams"], **values), case["cov_scaled"], atol=2e-6)
    np.testing.assert_allclose(smooth_cams(case["cams"], **values), case["crf_in"][:, 1], atol=2e-6)


@pytest.mark.parametrize("name", [*ALL, "cvs_edge"])
def test_shares_and_labels_from_given_foregrounds_equal_those_of_the_reference(name):
    case, _ = golden(name)
    foreground = case["crf_out_fg"] > 0.5
    assert np.array_equal(foreground, case["fg"])
    np.testing.assert_allclose(class_importance(case["cams"], foreground), case["importance"], rtol=1e-5, atol=1e-9)
    assert np.array_equal(proportional_labels(case["cams"], foreground, case["keys"]), case["label"])


@pytest.mark.parametrize("name", [*WITHOUT_CRF, "cvs_edge"])
def test_without_pairwise_terms_masks_equal_those_of_the_reference(name):
    case, values = golden(name)
    smooth = smooth_cams(case["cams"], **values)
    assert np.array_equal(binary_foregrounds(case["image"], smooth, int(case["alpha"]), None), case["fg"])
    mask = proportional_mask(case["image"], case["cams"], case["keys"], exponent=int(case["alpha"]), crf=None, **values)
    assert np.array_equal(mask, case["label"])


@pytest.mark.parametrize("name", WITH_CRF)
def test_with_the_crf_masks_equal_those_of_the_reference(name):
    case, values = golden(name)
    mask = proportional_mask(case["image"], case["cams"], case["keys"], exponent=int(case["alpha"]), **values)
    assert (mask == case["label"]).mean() >= 0.995


@pytest.mark.parametrize("name", [name for name in WITH_CRF if name != "empty"])
def test_foregrounds_of_the_crf_equal_those_of_the_reference(name):
    case, values = golden(name)
    foreground = binary_foregrounds(case["image"], smooth_cams(case["cams"], **values), int(case["alpha"]))
    assert (foreground == case["fg"]).mean() >= 0.995


def test_a_row_worked_by_hand():
    v = np.array([[[0.02, 0.1, 0.2, 0.4, 0.8]]])
    active = v[v > 0.05]
    assert active.mean() == pytest.approx(0.375)
    assert active.std() == pytest.approx(0.268095, abs=1e-6)
    assert coefficient_of_variation(v, scale=1) == pytest.approx(0.714920, abs=1e-6)
    assert 1 - coefficient_of_variation(v) == pytest.approx(0.785524, abs=1e-6)
    m = smooth_cams(v)
    np.testing.assert_allclose(m[0, 0], [0, 0.163861, 0.282451, 0.486865, 0.839218], atol=1e-6)
    np.testing.assert_allclose((1 - m[0, 0]) ** 11, [1, 0.139657, 0.025964, 6.4945e-4, 1.856e-9], rtol=1e-4)
    image = np.zeros((1, 5, 3), np.uint8)
    assert proportional_mask(image, v, [0], crf=None).tolist() == [[0, 1, 1, 1, 1]]
    assert proportional_mask(image, v, [0], crf=None, scale=0).tolist() == [[0, 0, 1, 1, 1]]


def toy():
    """A large class, 2, and a small one, 5, that overlap; and where each is foreground."""
    cams, foreground = np.zeros((2, 4, 6)), np.zeros((2, 4, 6), bool)
    cams[0, :, :4], cams[0, 0, 0] = 0.8, 0.4
    cams[1, 1:3, 3:5] = 0.6
    foreground[0, :, :5] = True
    foreground[1, 1:3, 3:6] = True
    return cams, foreground


def test_two_overlapping_classes_worked_by_hand():
    cams, foreground = toy()
    shares = class_importance(cams, foreground)
    np.testing.assert_allclose(
        [shares[0, 1, 1], shares[0, 0, 0], shares[1, 1, 3]], [0.059701, 0.029851, 0.176471], atol=1e-6
    )
    labels = proportional_labels(cams, foreground, [2, 5])
    assert labels.tolist() == [[3, 3, 3, 3, 0, 0], [3, 3, 3, 6, 6, 0], [3, 3, 3, 6, 6, 0], [3, 3, 3, 3, 0, 0]]


def test_by_score_the_larger_class_wins_where_both_claim_and_background_stays():
    cams, foreground = toy()
    labels = strongest_labels(cams, foreground, [2, 5])
    assert labels.tolist() == [[3, 3, 3, 3, 0, 0], [3, 3, 3, 3, 6, 0], [3, 3, 3, 3, 6, 0], [3, 3, 3, 3, 0, 0]]


@pytest.mark.parametrize(("exponent", "threshold"), [(4, 0.2755), (11, 0.1556), (24, 0.0939)])
def test_without_crf_the_exponent_is_a_threshold(exponent, threshold):
    v = np.linspace(0, 1, 100_001).reshape(1, 1, -1)
    foreground = binary_foregrounds(np.zeros((1, 100_001, 3), np.uint8), v, exponent, None)
    assert v[foreground].min() == pytest.approx(threshold, abs=1e-4)
    assert foreground[v > threshold + 1e-4].all()


@given(st.floats(0.06, 1), st.floats(0, 0.45))
def test_a_constant_map_is_not_changed(value, scale):
    v = np.full((1, 3, 4), value)
    assert coefficient_of_variation(v, scale=scale) == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(smooth_cams(v, scale=scale), v, rtol=1e-12)


@given(arrays(np.float32, (2, 3, 4), elements=st.floats(0, 0.046875, width=32)))
def test_a_map_below_the_threshold_is_emptied_but_for_values_equal_to_it(v):
    v[1, 0, 0] = 0.05
    assert not coefficient_of_variation(v).any()
    m = smooth_cams(v)
    assert m[1, 0, 0] == np.float32(0.05)
    m[1, 0, 0] = 0
    assert not m[v < np.float32(0.05)].any()


@given(scores, st.floats(0.2, 1))
def test_variation_does_not_change_with_the_scale_of_the_map(v, factor):
    assume(((v > 0.05) == (factor * v > 0.05)).all())
    np.testing.assert_allclose(coefficient_of_variation(factor * v), coefficient_of_variation(v), atol=1e-6)


@given(scores, st.randoms(use_true_random=False))
def test_smoothing_does_not_depend_on_where_values_are(v, random):
    order = list(range(20))
    random.shuffle(order)
    moved = v.reshape(2, 20)[:, order].reshape(2, 4, 5)
    expected = smooth_cams(v).reshape(2, 20)[:, order].reshape(2, 4, 5)
    np.testing.assert_allclose(smooth_cams(moved), expected, rtol=1e-10)


@given(scores)
def test_smoothing_lifts_keeps_the_range_the_order_and_the_ends(v):
    m = smooth_cams(v)
    active = v >= 0.05
    assert (m[active] >= v[active] * (1 - 1e-12)).all()
    assert m.max() <= 1
    assert not m[~active].any()
    assert (m[v == 1] == 1).all()
    for values, lifted in zip(v.reshape(2, -1), m.reshape(2, -1), strict=True):
        assert (np.diff(lifted[values.argsort()]) >= 0).all()
    exponent = 1 - coefficient_of_variation(v)
    assert ((exponent >= 0.363 - 1e-3) & (exponent <= 1)).all()


@given(scores)
def test_with_scale_zero_values_above_the_threshold_stay(v):
    np.testing.assert_array_equal(smooth_cams(v, scale=0), np.where(v >= 0.05, v, 0))


@given(scores, claims)
def test_background_is_where_no_class_has_both_claim_and_score(v, foreground):
    labels = proportional_labels(v, foreground, [4, 7])
    assert np.array_equal(labels == 0, ~(foreground & (v > 0)).any(axis=0))
    assert set(np.unique(labels).tolist()) <= {0, 5, 8}


@given(scores, claims)
def test_one_class_is_labelled_where_it_claims_and_scores(v, foreground):
    labels = proportional_labels(v[:1], foreground[:1], [6])
    assert np.array_equal(labels == 7, foreground[0] & (v[0] > 0))


def test_no_class_is_all_background():
    empty = np.zeros((0, 4, 5))
    labels = proportional_labels(empty, empty.astype(bool), [])
    assert labels.shape == (4, 5)
    assert not labels.any()


@given(scores, claims)
def test_the_order_of_classes_changes_only_exact_ties(v, foreground):
    shares = class_importance(v, foreground) * foreground
    same = proportional_labels(v, foreground, [1, 3]) == proportional_labels(v[::-1], foreground[::-1], [3, 1])
    assert same[shares[0] != shares[1]].all()


@given(arrays(np.float64, (3, 4, 5), elements=st.floats(0, 1, allow_subnormal=False)), arrays(bool, (3, 4, 5)))
def test_another_class_never_makes_foreground_background(v, foreground):
    fewer = proportional_labels(v[:2], foreground[:2], [0, 1])
    more = proportional_labels(v, foreground, [0, 1, 2])
    assert (more[fewer > 0] > 0).all()


@given(scores, claims, st.floats(0.1, 1))
def test_a_weaker_map_of_the_same_foreground_has_nearly_the_same_shares(v, foreground, a):
    mass = (v * foreground).sum(axis=(1, 2), keepdims=True)
    factor = a / (1 + a * mass) * (1 + mass)
    np.testing.assert_allclose(class_importance(a * v, foreground), class_importance(v, foreground) * factor, rtol=1e-9)


@given(st.integers(0, 99))
def test_a_mirrored_picture_has_a_mirrored_mask(seed):
    image, cams = blobs(count=3, seed=seed)
    mask = proportional_mask(image, cams, [0, 1, 2], crf=None)
    mirrored = proportional_mask(image[:, ::-1], cams[..., ::-1], [0, 1, 2], crf=None)
    assert np.array_equal(mirrored[:, ::-1], mask)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99), st.sampled_from([4, 11, 24]))
def test_one_class_unsmoothed_equals_the_joint_crf_with_the_same_settings(seed, exponent):
    image, cams = blobs(count=1, seed=seed)
    cams = np.maximum(cams, 1e-6)
    alone = proportional_mask(image, cams, [3], exponent=exponent, threshold=0, scale=0)
    joint = joint_crf_mask(image, cams, [3], background=exponent, kind="exponent", settings=PROPORTIONAL_CRF)
    assert np.array_equal(alone, joint)


@pytest.mark.parametrize("crf", [PROPORTIONAL_CRF, None])
@pytest.mark.parametrize("seed", range(3))
def test_half_precision_gives_the_mask_of_single_precision_from_the_same_numbers(crf, seed):
    image, cams = blobs(120, 160, count=3, seed=seed)
    half = (cams * np.random.default_rng(seed).uniform(0.8, 1, cams.shape)).astype(np.float16)
    mask = proportional_mask(image, half, [0, 1, 2], crf=crf)
    assert np.array_equal(mask, proportional_mask(image, half.astype(np.float32), [0, 1, 2], crf=crf))
    assert len(np.unique(mask)) > 2


def test_half_precision_does_not_overflow_the_mass_of_a_class():
    cams = np.ones((1, 400, 400), np.float16)
    shares = class_importance(cams, np.ones(cams.shape, bool))
    np.testing.assert_allclose(shares, 1 / 160_001)
    assert smooth_cams(cams).dtype == np.float32


def test_slightly_negative_values_are_background_and_do_not_warn():
    cams = np.array([[[-1e-5, 0.5, 0.9]]], np.float32)
    assert smooth_cams(cams, threshold=0)[0, 0, 0] == 0
    assert proportional_mask(np.zeros((1, 3, 3), np.uint8), cams, [0], crf=None).tolist() == [[0, 1, 1]]


def test_an_empty_map_beside_a_strong_one_claims_nothing():
    image, cams = blobs(count=2)
    cams[0] = 0
    assert set(np.unique(proportional_mask(image, cams, [3, 8])).tolist()) == {0, 9}


def test_foregrounds_with_nan_scores_are_refused_by_name():
    cams, foreground = toy()
    cams[1, 0, 0] = np.nan
    for labels in (proportional_labels, strongest_labels):
        with pytest.raises(ValueError, match="class 5 "):
            labels(cams, foreground, [2, 5])


@pytest.mark.parametrize(("border", "exponent"), [(0.2755, 4), (0.1556, 11), (0.0939, 24), (0.5, 1)])
def test_an_exponent_is_found_from_the_value_that_it_starts_foreground_at(border, exponent):
    level = round(border * 10_000)
    histogram = np.zeros(10_001, np.int64)
    histogram[[0, level, level + 1, 10_000]] = 50, 20, 20, 10
    assert matching_exponent(histogram, 0.3) == pytest.approx(exponent, rel=2e-3)


@given(arrays(np.int64, (6, 7), elements=st.integers(26, 254)), st.floats(0, 1))
def test_the_requested_share_is_foreground_before_the_crf(level, share):
    exponent = matching_exponent(np.bincount(level.ravel(), minlength=256), share)
    claimed = binary_foregrounds(np.zeros((6, 7, 3), np.uint8), level[None] / 255, exponent, crf=None)[0]
    border = next(k for k in range(255) if (level > k).sum() <= share * level.size)
    assert claimed[level > max(border, 13)].all()
    assert not claimed[level < border].any()


def test_no_exponent_is_found_in_nothing():
    with pytest.raises(ValueError, match="histogram of smoothed CAM values is empty"):
        matching_exponent(np.zeros(8, np.int64), 0.5)


@pytest.mark.parametrize("share", [0, 1])
def test_a_share_of_all_or_nothing_has_a_finite_exponent(share):
    histogram = np.ones(256, np.int64)
    assert 0 < matching_exponent(histogram, share) < 60
