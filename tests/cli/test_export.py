"""The command that predicts new pictures, and the one that exports a network."""

import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from segmenter_kit import segmenters_folder
from typer.testing import CliRunner

from seedmask import load_segmenter
from seedmask.cli import app
from seedmask.dataset.images import load_image, palette
from seedmask.export.images import check_mask_file
from seedmask.storage.canvas import CONFIDENCE, encode

CRF = "results/tiny/segmenters/crf"


@pytest.fixture
def here(monkeypatch):
    """A run whose segmenters are networks as the working directory; never changed by a test."""
    monkeypatch.chdir(segmenters_folder())


def predict(*arguments, segmenter="segmenters/crf"):
    return CliRunner().invoke(app, ["predict", "results/tiny", segmenter, "--device", "cpu", *map(str, arguments)])


@pytest.fixture
def folder(here, tmp_path):
    """Two pictures, one in a folder, and what is no picture."""
    root = tmp_path / "new"
    (root / "a/b").mkdir(parents=True)
    shutil.copy("pictures/p2.png", root / "one.png")
    Image.open("pictures/p3.png").rotate(90, expand=True).save(root / "a/b/two.JPG", quality=95)
    (root / "notes.txt").write_text("not a picture")
    (root / ".hidden.png").write_text("not seen")
    return root


def test_a_folder_becomes_a_folder_of_the_same_names(folder, tmp_path):
    out = tmp_path / "out"
    result = predict(folder, "--out", out, "--overlay", "--confidence")
    assert result.exit_code == 0, result.output
    found = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    names = ["a/b/two.png", "confidence/a/b/two.png", "confidence/one.png", "one.png"]
    assert found == [*names, "overlay/a/b/two.jpg", "overlay/one.jpg"]
    note, *lines = result.output.splitlines()
    assert note.endswith("left out: notes.txt; a picture without such a suffix is read when it is named itself")
    start = (
        "segmenters/crf on the CPU; views of predictions/crf (also predictions/small): scales 1, 1.5, shorter side 20"
    )
    assert lines[0].startswith(start)
    assert lines[-1] == f"6 files of 2 pictures in {out}"
    segmenter = load_segmenter(CRF, device="cpu")
    for name, file in (("one", "one.png"), ("a/b/two", "a/b/two.JPG")):
        mask, confidence = segmenter.predict(folder / file)
        check_mask_file(out / f"{name}.png", mask, 2)
        grey = np.asarray(Image.open(out / f"confidence/{name}.png"))
        assert np.array_equal(grey, encode(confidence, CONFIDENCE))
        assert load_image(out / f"overlay/{name}.jpg").shape == (*mask.shape, 3)


def test_options_change_the_views(folder, tmp_path):
    result = predict(folder, "--out", tmp_path / "out", "--scales", 0.5, "--scales", 1, "--no-flip", "--window", 32)
    assert "scales 0.5, 1, shorter side 20, no mirror images, window 32 step 16" in result.output
    mask = np.asarray(Image.open(tmp_path / "out/one.png"))
    expected = load_segmenter(CRF, device="cpu", scales=[0.5, 1], flip=False, window=32).predict(folder / "one.png")[0]
    assert np.array_equal(mask, expected)
    small = predict(folder, "--out", tmp_path / "small", "--like", "predictions/small")
    assert "views of predictions/small: scales 1, no mirror images, window 512 step 480" in small.output
    alone = predict(folder, "--out", tmp_path / "alone", segmenter="segmenters/alone")
    assert "views of the defaults: scales 1, with mirror images, window 512 step 480, no CRF" in alone.output


def test_bad_pictures_are_all_named_and_the_others_are_done(folder, tmp_path):
    Image.new("CMYK", (4, 4)).save(folder / "print.jpg")
    (folder / "a/empty.png").write_bytes(b"")
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(folder / "deep.png")
    result = predict(folder, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert "2 of 5 pictures are done, with 2 files; the others: 3 problems" in result.output
    for part in ("print.jpg: colour space CMYK", "empty.png: the file is empty", "deep.png: more than 8 bits"):
        assert part in result.output
    assert "Traceback" not in result.output
    assert sorted(path.name for path in (tmp_path / "out").rglob("*.png")) == ["one.png", "two.png"]


def test_nothing_is_overwritten_without_force(folder, tmp_path):
    (tmp_path / "out/overlay").mkdir(parents=True)
    (tmp_path / "out/overlay/one.jpg").write_text("mine")
    result = predict(folder, "--out", tmp_path / "out", "--overlay")
    assert result.exit_code == 1
    assert "one.jpg is there already; choose another folder, or overwrite with --force" in result.output
    assert not (tmp_path / "out/one.png").exists()
    assert predict(folder, "--out", tmp_path / "out", "--overlay", "--force").exit_code == 0
    assert (tmp_path / "out/overlay/one.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_two_pictures_of_one_name_are_refused_before_anything_is_done(folder, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(folder / "one.png", other / "one.jpg")
    result = predict(folder, other, "--out", tmp_path / "out")
    assert result.exit_code == 1
    assert f"{other}/one.jpg: would become {tmp_path}/out/one.png, and so would {folder}/one.png" in result.output
    assert not (tmp_path / "out").exists()


def test_a_segmenter_that_is_not_there_is_named(folder, tmp_path):
    result = predict(folder, "--out", tmp_path / "out", segmenter="segmenters/crv")
    assert result.exit_code == 1
    assert """holds no 'segmenters/crv'; write "segmenters/crf\"""" in result.output


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_a_gpu_that_is_not_there_is_not_replaced(folder, tmp_path):
    result = predict(folder, "--out", tmp_path / "out", "--device", "cuda")
    assert result.exit_code == 1
    assert "device cuda: no GPU here; take --device cpu" in result.output


def test_an_onnx_file_is_exported_from_the_command_line(here, tmp_path):
    arguments = ["export", "results/tiny", "segmenters/crf", "--out", str(tmp_path), "--to"]
    result = CliRunner().invoke(app, [*arguments, "onnx"])
    assert result.exit_code == 0, result.output
    assert result.output == f"1 files in {tmp_path}\n"
    assert (tmp_path / "segmenter.onnx").is_file()
    result = CliRunner().invoke(app, [*arguments, "png"])
    assert result.exit_code == 1
    assert "segmenters/crf is a network: `--to onnx` writes it" in result.output


def test_colours_are_those_of_the_masks(folder, tmp_path):
    predict(folder, "--out", tmp_path / "out")
    with Image.open(tmp_path / "out/one.png") as picture:
        assert picture.mode == "P"
        assert np.array_equal(np.array(picture.getpalette()).reshape(-1, 3)[:3], palette()[:3])
