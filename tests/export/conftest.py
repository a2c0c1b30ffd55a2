"""The run and the results of odd names that the tests of this folder share."""

import pytest
from names_kit import make_results
from segmenter_kit import copied, here, made

__all__ = ["copied", "here", "made"]


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """Results and folder of oddly named pictures."""
    folder = tmp_path_factory.mktemp("odd")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        return make_results(folder)


@pytest.fixture
def results(odd, monkeypatch):
    """The results, in their working directory; never changed by a test."""
    monkeypatch.chdir(odd[0].parent.parent)
    return odd[0]
