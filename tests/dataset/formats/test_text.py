import pytest

from seedmask.dataset.formats.text import read_json
from seedmask.errors import InputError


def json_file(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "a.json"
    path.write_text(text, encoding=encoding)
    return path


def test_json_is_read_with_and_without_a_byte_order_mark(tmp_path):
    assert read_json(json_file(tmp_path, '{"é": [1]}')) == {"é": [1]}
    assert read_json(json_file(tmp_path, '{"é": [1]}', "utf-8-sig")) == {"é": [1]}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1,\n "b" 2}', r"a.json line 2: is not JSON \(Expecting ':' delimiter, column 6\)"),
        ("", "a.json line 1: is not JSON"),
        ('{"a": 1}\n\n{"a": 2}\n', "a.json: holds JSON Lines, one value a line, expected one JSON value in all"),
        ("[" * 100_000, "is JSON that cannot be read"),
    ],
)
def test_what_is_not_json_is_named_with_its_place(tmp_path, text, found):
    with pytest.raises(InputError, match=found):
        read_json(json_file(tmp_path, text))


def test_json_in_another_encoding_is_refused(tmp_path):
    with pytest.raises(InputError, match="the text is not UTF-8; save the file as UTF-8"):
        read_json(json_file(tmp_path, '{"é": 1}', "latin-1"))
