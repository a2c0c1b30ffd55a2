from pathlib import PurePosixPath

import pytest

from seedmask.dataset.formats.files import id_of, suffix_of


@pytest.mark.parametrize(
    "name", ["a.jpg", "x.y/a", "x.y/a.JPG", "a.", "..jpg", ".jpg", "x/.jpg", "a..", "a.tar.gz", "...", "a b.c d", ""]
)
def test_a_suffix_is_what_pathlib_calls_one(name):
    assert suffix_of(name) == PurePosixPath(name).suffix
    assert id_of(name) + suffix_of(name) == name
