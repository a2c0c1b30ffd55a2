"""Tables of tags, classes and splits that are broken, or name what is not theirs."""

import os
from pathlib import Path

import pytest
from hostile_kit import Cases, data_set, index

cases = Cases("tables")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@cases.each()
def test_a_clear_answer(case, request):
    cases.check(case, request)


def tags(what: str, text: str, *names: str, **files: str) -> None:
    """Add a table of tags, with other files, as a case."""
    cases(what, *names)(lambda: index(data_set(text, **files)))


GOOD = "a,cow\nb,sheep\n"
tags("a picture above the folder", "../secret,cow\n" + GOOD, "tags.csv line 1", '"../secret" names no picture')
tags("an absolute path", "/etc/passwd,cow\n" + GOOD, "tags.csv line 1", '"/etc/passwd" names no picture')
tags("a picture that is gone", GOOD + "c,cow\n", "tags.csv line 3", '"c" names no picture', "delete the row")
tags("two opinions of a picture", GOOD + "a,sheep\n", "tags.csv line 3", "contradicts", "delete one")
tags("an unclosed quote", 'a,"cow\nb,sheep\n', "tags.csv line 1", "a quote is not closed")
tags("a cell of 200,000 characters", f"a,{'x' * 200_000}\nb,cow\n", "tags.csv line 1", "131072 characters")
tags("a picture without a row", "a,cow\n", "b.png", "without a row in tags.csv", "add a row `b,`")
tags("commands for the terminal", "\x1b[2J\x1b]0;owned\x07,cow\n" + GOOD, "tags.csv line 1", "\\x1b[2J")
MANY = "cow\nsheep\n" + "".join(f"c{number}\n" for number in range(298))
tags("300 classes", GOOD, "classes.txt", "300 classes", "at most 254", **{"classes.txt": MANY})
BACKGROUND = {"classes.txt": "cow\nsheep\nbackground"}
tags("a class called background", GOOD, "classes.txt line 3", "always number 0", **BACKGROUND)
tags("a class with a separator", GOOD, "classes.txt line 3", "rename it", **{"classes.txt": "cow\nsheep\na;b"})
tags("a tag that is no class", GOOD, "tags.csv line 2", 'tag "sheep"', "classes.txt", **{"classes.txt": "cow"})
tags("a split that is a path", GOOD, "splits.csv line 2", "small letters", **{"splits.csv": "a,train\nb,../../etc\n"})
tags("a split without pictures", GOOD, "splits.csv", "in no split", **{"splits.csv": "a,train\n"})
tags("a table that is a spreadsheet", "PK\x03\x04\x00\x00", "tags.csv line 1", "names no picture")


@cases("a table that is not UTF-8", "tags.csv line 2", "not UTF-8", "save the file as UTF-8")
def _():
    dataset = data_set()
    Path("cows/tags.csv").write_bytes(b"a,cow\nb,k\xfch\n")
    index(dataset)


@cases("a table that is a folder", "tags.csv", "cannot be read (Is a directory)")
def _():
    dataset = data_set()
    Path("cows/tags.csv").unlink()
    Path("cows/tags.csv").mkdir()
    index(dataset)


@cases("a table that is a pipe", "tags.csv", "not a regular file")
def _():
    dataset = data_set()
    Path("cows/tags.csv").unlink()
    os.mkfifo("cows/tags.csv")
    index(dataset)


@cases("a file name with a line break", "control characters", "rename the file")
def _():
    dataset = data_set()
    Path("cows/x\ny.png").write_bytes(Path("cows/a.png").read_bytes())
    index(dataset)


@cases("two pictures of one name", "b.jpg", 'the same id "b"', "rename one")
def _():
    dataset = data_set()
    Path("cows/b.jpg").write_bytes(b"")
    index(dataset)


def test_links_of_the_user_s_own_are_followed(tmp_path):
    dataset = data_set()
    Path("cows/a.png").rename(tmp_path / "elsewhere.png")
    Path("cows/a.png").symlink_to(tmp_path / "elsewhere.png")
    index(dataset)
