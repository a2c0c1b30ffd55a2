import numpy as np

from seedmask.report.confusions import LARGEST, MOST, confusion_of


def test_shares_are_of_the_true_pixels():
    found = confusion_of([[6, 2, 0], [1, 1, 2], [0, 0, 0]], ["cow", "sheep"])
    assert found.labels == ("background", "cow", "sheep")
    assert found.shares == ((0.75, 0.25, 0.0), (0.25, 0.25, 0.5), (None, None, None))
    assert found.largest == (("cow", "sheep", 0.5), ("background", "cow", 0.25), ("cow", "background", 0.25))


def test_without_mistakes_nothing_is_listed():
    assert confusion_of(np.diag([3, 4]).tolist(), ["cow"]).largest == ()


def test_a_matrix_too_large_for_a_table_is_listed_alone():
    names = [str(n) for n in range(LARGEST)]
    counts = np.ones((LARGEST + 1, LARGEST + 1), int).tolist()
    found = confusion_of(counts, names)
    assert found.shares == ()
    assert len(found.largest) == MOST
