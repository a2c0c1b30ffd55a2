import numpy as np

from seedmask.report.scores import LARGEST_MATRIX, LISTED_MISTAKES, confusion_table


def test_shares_are_of_the_true_pixels():
    found = confusion_table([[6, 2, 0], [1, 1, 2], [0, 0, 0]], ["cow", "sheep"])
    assert found.labels == ("background", "cow", "sheep")
    assert found.shares == ((0.75, 0.25, 0.0), (0.25, 0.25, 0.5), (None, None, None))
    assert found.largest == (("cow", "sheep", 0.5), ("background", "cow", 0.25), ("cow", "background", 0.25))


def test_without_mistakes_nothing_is_listed():
    assert confusion_table(np.diag([3, 4]).tolist(), ["cow"]).largest == ()


def test_a_matrix_too_large_for_a_table_is_listed_alone():
    names = [str(n) for n in range(LARGEST_MATRIX)]
    counts = np.ones((LARGEST_MATRIX + 1, LARGEST_MATRIX + 1), int).tolist()
    found = confusion_table(counts, names)
    assert found.shares == ()
    assert len(found.largest) == LISTED_MISTAKES
