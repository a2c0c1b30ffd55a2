import pytest

from seedmask.errors import SeedmaskError
from seedmask.viewer.files import data_set_in


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


def index(folder):
    (folder / "index").mkdir(parents=True)
    (folder / "index" / "set.json").write_text("")
    return folder


def test_the_folder_of_a_data_set_is_taken_as_it_is(results):
    assert data_set_in(index(results / "cows")) == results / "cows"


def test_the_folder_above_a_single_data_set_stands_for_it(results):
    index(results / "cows")
    (results / "README.md").write_text("")
    (results / "unfinished" / "index").mkdir(parents=True)
    assert data_set_in(results) == results / "cows"


def test_of_several_data_sets_one_has_to_be_named(results):
    index(results / "cows")
    index(results / "ants")
    with pytest.raises(SeedmaskError, match=r"results of 2 data sets; name one of .*results/ants, .*results/cows"):
        data_set_in(results)


def test_results_without_an_index_are_refused_with_what_to_do(results):
    results.mkdir()
    with pytest.raises(SeedmaskError, match=r"holds no index.*run snakemake"):
        data_set_in(results)
    (results / "file").write_text("")
    for nowhere in (results / "none", results / "file"):
        with pytest.raises(SeedmaskError, match="is no folder"):
            data_set_in(nowhere)
