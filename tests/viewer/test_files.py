import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.errors import SeedmaskError
from seedmask.viewer.files import RefusedError, byte_range, data_set_in, file_below


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "results"
    (root / "masks").mkdir(parents=True)
    (root / "masks" / "a b.json").write_text("inside")
    (tmp_path / "secret").write_text("outside")
    (tmp_path / "results2").mkdir()
    (tmp_path / "results2" / "secret").write_text("outside")
    return root


def status(root, path):
    with pytest.raises(RefusedError) as refusal:
        file_below(root, path)
    return refusal.value.status


def test_a_file_inside_is_found(root):
    assert file_below(root, "masks/a%20b.json").read_text() == "inside"


@pytest.mark.parametrize(
    "path",
    [
        "../secret",
        "masks/../../secret",
        "%2e%2e/secret",
        "..%2fsecret",
        "%2E%2E%2Fsecret",
        "masks/..",
        "/etc/passwd",
        "%2Fetc%2Fpasswd",
        "masks//a%20b.json",
        "./masks/a%20b.json",
        "..\\secret",
        "..%5csecret",
        "masks/a%00b",
        "",
        "../results2/secret",
    ],
)
def test_a_path_that_leads_out_is_forbidden(root, path):
    assert status(root, path) == 403


@pytest.mark.parametrize("path", ["masks", "none", "masks/none", "%252e%252e/secret", "masks/a%20b.json/x", "x" * 5000])
def test_what_is_no_file_is_not_found(root, path):
    assert status(root, path) == 404


def test_a_link_to_outside_is_forbidden_and_one_to_inside_is_followed(root):
    (root / "out").symlink_to(root.parent / "secret")
    (root / "folder").symlink_to(root.parent / "results2")
    (root / "in").symlink_to(root / "masks" / "a b.json")
    (root / "loop").symlink_to(root / "loop")
    assert status(root, "out") == 403
    assert status(root, "folder/secret") == 403
    assert file_below(root, "in").read_text() == "inside"
    assert status(root, "loop") == 404


def test_what_is_no_plain_file_is_not_found(root):
    os.mkfifo(root / "pipe")
    assert status(root, "pipe") == 404


def test_results_that_are_a_link_themselves_are_served(root):
    (root.parent / "link").symlink_to(root)
    assert file_below(root.parent / "link", "masks/a%20b.json").read_text() == "inside"


@given(st.integers(1, 50), st.integers(0, 60), st.integers(0, 60))
def test_a_range_is_the_bytes_that_it_names(size, first, last):
    header = f"bytes={first}-{last}"
    if last < first:
        assert byte_range(header, size) is None
    elif first >= size:
        with pytest.raises(RefusedError):
            byte_range(header, size)
    else:
        assert range(size)[slice(*byte_range(header, size))] == range(size)[first : last + 1]


@given(st.integers(1, 50), st.integers(1, 60))
def test_a_suffix_is_the_last_bytes(size, length):
    assert range(size)[slice(*byte_range(f"bytes=-{length}", size))] == range(size)[-length:]


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=12-15", "bytes=-0"])
def test_a_range_without_a_byte_is_refused(header):
    with pytest.raises(RefusedError) as refusal:
        byte_range(header, 10)
    assert refusal.value.status == 416


@pytest.mark.parametrize(
    "header", [None, "", "bytes=-", "bytes=1-2,4-5", "lines=1-2", "bytes=a-b", "bytes=٣-٤", "bytes=5-2"]
)
def test_without_a_valid_range_the_complete_file_is_sent(header):
    assert byte_range(header, 10) is None


def test_an_open_range_goes_to_the_end():
    assert byte_range("bytes=3-", 10) == (3, 10)
    assert byte_range("bytes=3-99", 10) == (3, 10)


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
