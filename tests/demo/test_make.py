import numpy as np
import pytest

from seedmask.demo import writing
from seedmask.demo.writing import Sample, fingerprint, is_made, make
from seedmask.errors import SeedmaskError


def blank(split, number):
    return Sample(np.zeros((8, 8, 3), np.uint8), np.zeros((8, 8), np.uint8), (), 90)


def make_blank(folder, draw=blank, mark="mark"):
    make(folder, mark, draw, {"train": 3}, ("bird",), {"README.txt": b"text"})


def test_a_set_is_made_with_its_fingerprint_and_nothing_beside_it(tmp_path):
    make_blank(tmp_path / "set")
    assert is_made(tmp_path / "set", "mark")
    assert not is_made(tmp_path / "set", "other")
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_failure_half_way_leaves_the_old_set_whole(tmp_path):
    make_blank(tmp_path / "set")

    def failing(split, number):
        if number == 1:
            raise OSError("disk full")
        return blank(split, number)

    with pytest.raises(OSError, match="disk full"):
        make_blank(tmp_path / "set", failing, "newer")
    assert is_made(tmp_path / "set", "mark")
    assert [path.name for path in tmp_path.iterdir()] == ["set"]


def test_a_folder_of_somebody_else_is_not_replaced(tmp_path):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "thesis.txt").write_text("years of work")
    with pytest.raises(SeedmaskError, match=r"was not made by the demo generator.*--out"):
        make_blank(tmp_path / "set")
    assert (tmp_path / "set" / "thesis.txt").exists()


def test_the_fingerprint_depends_on_the_settings_but_not_on_their_order():
    assert fingerprint({"seed": 0, "train": 3}) == fingerprint({"train": 3, "seed": 0})
    assert fingerprint({"seed": 0, "train": 3}) != fingerprint({"seed": 1, "train": 3})


@pytest.mark.parametrize("name", ["scene.py", "hard/kinds.py", "cutouts.csv"])
def test_the_fingerprint_depends_on_the_code_in_every_folder_and_on_the_tables(name, tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "HERE", tmp_path)
    (tmp_path / name).parent.mkdir(exist_ok=True)
    marks = set()
    for text in ("a", "b"):
        (tmp_path / name).write_text(text)
        marks.add(fingerprint({}))
    assert len(marks) == 2
