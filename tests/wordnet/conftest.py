import pytest

from seedmask.wordnet import label_space, match


@pytest.fixture(scope="session")
def space():
    """The 1,000 classes."""
    return label_space(1000)


@pytest.fixture
def matched(space):
    """Matches tags with the 1,000 classes."""
    return lambda *tags, **names: match(tags, space, names)
