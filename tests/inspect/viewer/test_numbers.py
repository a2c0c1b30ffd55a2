import pytest
from viewer_kit import write_table

from pipeline.errors import SeedmaskError
from pipeline.inspect.viewer.numbers import columns, read_numbers, table


def test_numbers_are_read_by_column_with_none_for_unknown_ones(tmp_path):
    write_table(tmp_path, ["a", "b"], {"confidence": [0.5, None], "iou masks/crf": [None, 1.0]})
    found = read_numbers(tmp_path, ["a", "b"])
    assert found.columns == {"confidence": [0.5, None], "iou masks/crf": [None, 1.0]}
    assert found.of_row(0) == {"confidence": 0.5}
    assert columns(tmp_path) == list(found.columns)


def test_a_table_of_no_images_has_its_columns(tmp_path):
    write_table(tmp_path, [], {"confidence": []})
    assert read_numbers(tmp_path, []).columns == {"confidence": []}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        ("id,row\n", "columns do not start with row,id,split"),
        ("row,id,split,confidence\n0,a,train,much\n", "cannot be read"),
        ("row,id,split,confidence\n0\n", "cannot be read"),
        ("row,id,split,confidence\n0,a,train,0.5\n1,b,train\n", "is of another index"),
        ("row,id,split,confidence\n0,b,train,0.5\n", "is of another index"),
        (b"row,id,split,\xff\xfe\n", "cannot be read"),
    ],
)
def test_a_damaged_table_is_named(tmp_path, text, message):
    table(tmp_path).parent.mkdir()
    table(tmp_path).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SeedmaskError, match=message):
        read_numbers(tmp_path, ["a"])


def test_without_a_table_the_remedy_is_said(tmp_path):
    for read in (columns, lambda results: read_numbers(results, [])):
        with pytest.raises(SeedmaskError, match="the report is not made yet: run snakemake"):
            read(tmp_path)
