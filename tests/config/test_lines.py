import pytest

from seedmask.config.lines import SourceLines

FIRST = """\
# a comment
a:
  b: 1
  list:
    - x
    - y
  7: seven
"""
SECOND = "a:\n\n\n  b: 2\n"


@pytest.fixture
def files(tmp_path):
    for name, text in {"first.yaml": FIRST, "second.yaml": SECOND, "empty.yaml": "{}\n"}.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def where(files, names, path):
    return SourceLines([files / name for name in names]).where(path).replace(f"{files}/", "")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("a",), 2),
        (("a", "b"), 3),
        (("a", "list", 1), 6),
        (("a", 7), 7),
        (("a", "b", "deeper"), 3),
        (("a", "list", 5), 4),
    ],
)
def test_a_key_or_its_nearest_parent_has_a_line(files, path, line):
    assert where(files, ["first.yaml"], path) == f"first.yaml line {line}"


def test_a_key_in_two_files_is_named_where_it_counts(files):
    assert where(files, ["first.yaml", "second.yaml"], ("a", "b")) == "second.yaml line 4"
    assert where(files, ["first.yaml", "second.yaml"], ("a", "list")) == "first.yaml line 4"


def test_a_key_in_no_file_is_from_the_command_line(files):
    assert where(files, ["first.yaml", "empty.yaml"], ("c",)) == "--config"
    assert where(files, [], ("a",)) == "--config"


def test_the_whole_configuration_is_the_last_file(files):
    assert where(files, ["first.yaml", "empty.yaml"], ()) == "empty.yaml"


def test_a_field_is_found_by_its_value(files):
    lines = SourceLines([files / "first.yaml", files / "second.yaml"])
    assert lines.field_with_value(("a",), "seven") == ("a", "7")
    assert lines.field_with_value(("a",), "missing") == ("a",)
    assert lines.field_with_value(("a",), "y") == ("a", "list", 1)


def test_keys_that_stand_twice_are_found_wherever_they_are(tmp_path):
    text = "a: &a {x: 1, x: 2}\nb:\n  - c: 1\n    d: *a\n    c: 2\ne: {<<: *a, <<: *a}\na: 3\n"
    (tmp_path / "twice.yaml").write_text(text)
    found = [
        (where.rsplit(" ", 1)[1], key, first) for where, key, first in SourceLines([tmp_path / "twice.yaml"]).repeated()
    ]
    assert found == [("1", "x", 1), ("5", "c", 3), ("7", "a", 1)]


def test_a_node_that_several_aliases_name_is_looked_at_once(tmp_path):
    (tmp_path / "aliases.yaml").write_text("a: &a {x: 1, x: 2}\nb: [*a, *a]\n")
    assert len(list(SourceLines([tmp_path / "aliases.yaml"]).repeated())) == 1
