"""Arrangements of `shapes-hard` for counting."""

import pytest

from seedmask.demo.hard.arrangement import arrange
from seedmask.demo.hard.difficulty import Difficulty
from seedmask.demo.scene import picture_rng


@pytest.fixture(scope="session")
def arranged():
    """Arranges the first pictures of a split; shares do not depend on the size, which is half of the default set's."""

    def draw(split, count, options=None, size=(160, 120)):
        options = options or Difficulty()
        return [arrange(number, size, options, picture_rng(0, split, number)) for number in range(count)]

    return draw


@pytest.fixture(scope="session")
def train(arranged):
    """The first 160 training pictures, before they are painted."""
    return arranged("train", 160)


@pytest.fixture(scope="session")
def val(arranged):
    """The validation pictures, before they are painted."""
    return arranged("val", 80)
