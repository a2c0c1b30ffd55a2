import pytest
from PIL import Image

from seedmask.demo.__main__ import main
from seedmask.demo.shapes import make_shapes

SMALL = ["--train", "2", "--val", "1", "--size", "64", "--workers", "1"]


def test_without_apt_shapes_are_made_and_the_reason_is_reported(bare_machine, tmp_path, capsys, caplog):
    assert main(["--out", str(tmp_path / "data"), *SMALL]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "shapes"
    assert (tmp_path / "data" / "shapes" / "JPEGImages" / "train_0000.jpg").exists()
    assert "no apt-get" in caplog.text
    assert "`shapes` instead" in caplog.text
    assert "--stamps DIR" in caplog.text


def test_stamps_that_the_user_named_are_not_replaced(bare_machine, tmp_path, capsys, caplog):
    assert main(["--out", str(tmp_path / "data"), "--set", "stamps", *SMALL]) == 1
    assert capsys.readouterr().out == ""
    assert "no apt-get" in caplog.text
    assert not (tmp_path / "data").exists()


def test_a_folder_without_the_packages_is_an_error(bare_machine, tmp_path, capsys, caplog):
    assert main(["--out", str(tmp_path / "data"), "--stamps", str(tmp_path), *SMALL]) == 1
    assert capsys.readouterr().out == ""
    assert "the picture is missing" in caplog.text


def test_shapes_can_be_named_and_are_made_once(tmp_path, capsys):
    arguments = ["--out", str(tmp_path), "--set", "shapes", *SMALL]
    assert main(arguments) == 0
    picture = tmp_path / "shapes" / "JPEGImages" / "train_0001.jpg"
    before = picture.stat().st_ino, picture.stat().st_mtime_ns
    assert main(arguments) == 0
    assert (picture.stat().st_ino, picture.stat().st_mtime_ns) == before
    assert capsys.readouterr().out == "shapes\nshapes\n"


def test_the_hard_set_can_be_named_at_a_size_and_with_counts_of_its_own(tmp_path, capsys):
    assert main(["--out", str(tmp_path), "--set", "shapes-hard", *SMALL]) == 0
    assert capsys.readouterr().out == "shapes-hard\n"
    with Image.open(tmp_path / "shapes-hard" / "JPEGImages" / "train_0001.jpg") as picture:
        assert picture.size == (64, 48)
    assert len(list((tmp_path / "shapes-hard" / "JPEGImages").iterdir())) == 3


@pytest.mark.parametrize(("name", "size"), [("shapes", {192}), ("shapes-hard", {320})])
def test_sets_have_sizes_of_their_own(name, size, tmp_path):
    assert main(["--out", str(tmp_path), "--set", name, "--train", "1", "--val", "1", "--workers", "1"]) == 0
    pictures = [Image.open(path) for path in (tmp_path / name / "JPEGImages").iterdir()]
    assert {max(picture.size) for picture in pictures} == size
    for picture in pictures:
        picture.close()


def test_several_workers_make_the_same_set_as_one(tmp_path):
    make_shapes(tmp_path / "one", train=2, val=1, seed=0, size=64, workers=1)
    make_shapes(tmp_path / "two", train=2, val=1, seed=0, size=64, workers=2)
    names = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(names) == 3 * 3 + 5
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in names)


@pytest.mark.parametrize("wrong", [["--train", "0"], ["--set", "photographs"], ["--size", "large"]])
def test_wrong_options_are_refused(wrong, capsys):
    with pytest.raises(SystemExit):
        main(wrong)
    assert wrong[0] in capsys.readouterr().err
