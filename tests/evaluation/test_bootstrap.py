from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedmask.evaluation.bootstrap import PairedDifference, paired_difference
from seedmask.evaluation.image_counts import ImageCounts, image_counts_file, read_image_counts
from seedmask.evaluation.scores import scores

C = 3
matrices = st.lists(arrays(np.int64, (C, C), elements=st.integers(0, 50)), min_size=1, max_size=5)


def counts_of(confusions):
    board = ImageCounts()
    for number, matrix in enumerate(confusions):
        board.add(f"{number:03d}", matrix)
    return read_image_counts(image_counts_file([board]), 0, C)[1]


def plain_difference(first, second, absent_class, rounds, seed):
    """Confusions added up picture by picture, and scored as every set is."""
    random, drawn = np.random.default_rng(seed), []
    for _ in range(rounds):
        picked = random.integers(len(first), size=len(first))
        mious = [scores(sum(side[k] for k in picked), absent_class).miou for side in (first, second)]
        drawn.append(mious[0] - mious[1])
    whole = [scores(sum(side), absent_class).miou for side in (first, second)]
    return PairedDifference(whole[0] - whole[1], *np.nanquantile(drawn, [0.025, 0.975]))


@pytest.mark.parametrize("absent_class", ["skip_union", "skip_truth", "zero"])
def test_the_interval_is_that_of_confusions_resampled_picture_by_picture(absent_class):
    random = np.random.default_rng(0)
    first, second = (random.integers(1, 40, (12, C, C)) for _ in range(2))
    first[:, 2], first[:, :, 2] = 0, 0
    found = paired_difference([counts_of(first)], [counts_of(second)], absent_class, rounds=120, seed=3)
    expected = plain_difference(first, second, absent_class, rounds=120, seed=3)
    assert astuple(found) == pytest.approx(astuple(expected), abs=1e-12)
    assert found.low < found.value < found.high


@given(matrices)
def test_a_result_does_not_differ_from_itself(confusions):
    found = paired_difference([counts_of(confusions)] * 2, [counts_of(confusions)], "zero", rounds=5)
    assert found == PairedDifference(0.0, 0.0, 0.0)


def test_of_replicates_the_means_are_compared():
    good, bad = (counts_of([np.diag([5, 5, 5])] * 2), counts_of([np.array([[5, 0, 0], [5, 0, 0], [5, 0, 0]])] * 2))
    found = paired_difference([good, bad], [bad], "zero", rounds=4)
    assert found.value == found.low == found.high == pytest.approx((1 + 1 / 9) / 2 - 1 / 9)


@given(matrices)
def test_counts_are_read_as_they_were_written_in_the_order_of_the_ids(confusions):
    board = ImageCounts()
    names = [f"{(7 * number) % 5}/é" for number in range(len(confusions))]
    for name, matrix in zip(names, confusions, strict=True):
        board.add(name, matrix)
    ids, counts = read_image_counts(image_counts_file([ImageCounts(), board]), 1, C)
    assert ids == sorted(names)
    for name, matrix in zip(names, confusions, strict=True):
        expected = [matrix.diagonal(), matrix.sum(axis=1), matrix.sum(axis=0)]
        assert np.array_equal(counts[:, ids.index(name)], expected)
