import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedmask.errors import SeedmaskError
from seedmask.fingerprint import digest
from seedmask.storage.files import write_json
from seedmask.storage.records import LAYOUT, LAYOUT_VERSION, SEAL, LayoutError, check_layout, read_record, write_record

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
VALUE = {"miou": 0.1 + 0.2, "classes": ["cow & calf", "Schaf", "羊"], "none": None}


@given(value=st.dictionaries(st.text().filter(lambda key: key not in (SEAL, LAYOUT)), VALUES))
def test_what_was_written_is_read(tmp_path_factory, value):
    path = tmp_path_factory.mktemp("records") / "record.json"
    write_record(path, value)
    assert read_record(path) == value


def test_the_same_value_gives_the_same_bytes(tmp_path):
    write_record(tmp_path / "a.json", VALUE)
    write_record(tmp_path / "b.json", json.loads(json.dumps(VALUE)))
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


def test_every_flipped_bit_is_seen(tmp_path):
    path = tmp_path / "record.json"
    write_record(path, VALUE)
    whole = path.read_bytes()
    for number in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[number // 8] ^= 1 << number % 8
        path.write_bytes(damaged)
        try:
            found = read_record(path)
        except SeedmaskError:
            continue
        assert found == VALUE, f"bit {number}"  # a change of white space that JSON does not see
        assert json.loads(damaged) == json.loads(whole)


@pytest.mark.parametrize("content", ["", "{", "[]", "3", "{}", '{"miou": 1}', b"\xff\xfe"])
def test_a_file_that_is_not_a_record_is_refused_with_a_remedy(tmp_path, content):
    path = tmp_path / "scores.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(SeedmaskError, match=r"scores\.json: is damaged.*; delete it and run snakemake"):
        read_record(path)


def test_a_missing_record_is_named(tmp_path):
    with pytest.raises(SeedmaskError, match=r"fit\.json: is missing.*run snakemake"):
        read_record(tmp_path / "fit.json")


def with_layout(path, version):
    """The same record as another version writes it; the first ones wrote none."""
    value = read_record(path) | ({} if version is None else {LAYOUT: version})
    write_json(path, {**value, SEAL: digest(value)})


OTHERS = [(None, "an older"), (0, "an older"), (LAYOUT_VERSION + 1, "a newer"), ("x", "an older")]


@pytest.mark.parametrize(("version", "age"), OTHERS)
def test_a_record_of_another_layout_is_refused_although_its_digest_is_right(tmp_path, version, age):
    path = tmp_path / "scores.json"
    write_record(path, VALUE)
    with_layout(path, version)
    made_by = rf"scores\.json: was made by {age} version of Seedmask"
    expected = rf"{made_by} \(layout .*, expected {LAYOUT_VERSION}\); run snakemake, .* delete"
    with pytest.raises(LayoutError, match=expected):
        read_record(path)


@pytest.mark.parametrize("file", ["index/set.json", "listing/summary.json"])
def test_results_of_an_older_layout_are_refused_as_a_whole(tmp_path, file):
    check_layout(tmp_path)
    write_record(tmp_path / file, VALUE)
    check_layout(tmp_path)
    with_layout(tmp_path / file, None)
    with pytest.raises(LayoutError, match=f"^{tmp_path}: was made by an older version"):
        check_layout(tmp_path)


def test_damaged_results_are_not_taken_for_older_ones(tmp_path):
    write_record(tmp_path / "index" / "set.json", VALUE)
    (tmp_path / "index" / "set.json").write_text("{")
    check_layout(tmp_path)
