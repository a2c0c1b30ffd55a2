import pytest
from viewer_kit import write_table

from seedmask.errors import SeedmaskError
from seedmask.report.rankings import COLUMNS, FILE
from seedmask.viewer.site import number_columns, read_numbers

HEADER = ",".join(COLUMNS)


def test_numbers_are_read_by_column_with_none_for_unknown_ones(tmp_path):
    write_table(tmp_path, ["a", "b"], {"confidence": [0.5, None], "iou masks/crf": [None, 1.0]})
    found = read_numbers(tmp_path, ["a", "b"])
    unknown = [None, None]
    measures = {"confidence": [0.5, None], "disagreement": unknown, "tag_mismatch": unknown}
    assert found.columns == {**measures, "iou masks/crf": [None, 1.0]}
    assert found.of_row(0) == {"confidence": 0.5}
    assert number_columns(tmp_path) == list(found.columns)


def test_a_table_of_no_images_has_its_columns(tmp_path):
    write_table(tmp_path, [], {"confidence": []})
    assert read_numbers(tmp_path, []).columns == {"confidence": [], "disagreement": [], "tag_mismatch": []}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        ("id,row\n", "columns do not start with row,id,split"),
        (f"{HEADER}\n0,a,train,much,,,\n", "cannot be read"),
        (f"{HEADER}\n0\n", "cannot be read"),
        (f"{HEADER}\n0,a,train\n", "cannot be read"),
        (f"{HEADER}\n0,a,train,0.5,,,\n1,b,train,,,,\n", "belongs to another index"),
        (f"{HEADER}\n0,b,train,0.5,,,\n", "belongs to another index"),
        (HEADER.encode() + b",\xff\xfe\n", "cannot be read"),
    ],
)
def test_a_damaged_table_is_named(tmp_path, text, message):
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SeedmaskError, match=message):
        read_numbers(tmp_path, ["a"])


def test_without_a_table_the_remedy_is_said(tmp_path):
    for read in (number_columns, lambda results: read_numbers(results, [])):
        with pytest.raises(SeedmaskError, match="the report is not made yet: run snakemake"):
            read(tmp_path)
