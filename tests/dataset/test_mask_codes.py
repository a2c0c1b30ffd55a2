"""Numbers in masks that are no labels: their table, their identity, and the index that keeps them."""

import json

import numpy as np
from scenes_kit import save

from seedmask.dataset.images import read_labels, read_mask
from seedmask.dataset.mask_codes import LABELS, MaskCodes, kept_mask_codes

HALVES = MaskCodes({0: 255, 2: 1, 4: 2}, "halves", "write 0, 2 and 4")


def test_numbers_are_labels_where_a_format_says_nothing(tmp_path):
    save(tmp_path / "a.png", np.array([[0, 7]], np.uint8))
    np.testing.assert_array_equal(read_labels(tmp_path / "a.png")[0], [[0, 7]])
    assert read_labels(tmp_path / "a.png")[1] == read_mask(tmp_path / "a.png")[1]


def test_the_identity_of_a_mask_changes_with_its_file_and_with_its_labels(tmp_path):
    save(tmp_path / "a.png", np.array([[0, 2]], np.uint8))
    labels, identity = read_labels(tmp_path / "a.png", HALVES)
    np.testing.assert_array_equal(labels, [[255, 1]])
    others = MaskCodes({0: 0, 2: 1}, "halves")
    assert len({identity, read_mask(tmp_path / "a.png")[1], read_labels(tmp_path / "a.png", others)[1]}) == 3


def test_the_index_keeps_the_labels_of_numbers():
    for codes in (LABELS, HALVES):
        kept = kept_mask_codes(json.loads(json.dumps(codes.as_facts())))
        assert (kept.table, kept.digest, kept.are_labels) == (codes.table, codes.digest, codes.are_labels)
