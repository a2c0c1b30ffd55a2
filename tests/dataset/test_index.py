import dataclasses
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from seedmask.config.dataset import FolderDataset
from seedmask.dataset.images import save_mask
from seedmask.dataset.index import Extent, Index, Row
from seedmask.errors import InputError
from seedmask.testing.indexing import build

ROW = Row("a", "a.png", "train", 8, 6, (1,), "5ha", "masks/a.png", "m5ha", "")


@pytest.fixture
def cows(tmp_path):
    """Two training pictures, one with a truth mask, and one picture that nothing is known of."""
    for name in "abc":
        Image.new("RGB", (8, 6), "green").save(tmp_path / f"{name}.png")
    (tmp_path / "tags.csv").write_text("a,cow\nb,\n")
    (tmp_path / "classes.txt").write_text("sheep\ncow\n")
    (tmp_path / "splits.csv").write_text("a,train\nb,train\nc,val\n")
    save_mask(tmp_path / "masks" / "a.png", np.array([[0, 1, 2, 255]] * 6, np.uint8).repeat(2, axis=1))
    return tmp_path


def settings(root, **more):
    return FolderDataset(name="cows", root=str(root), **more)


def refusal(root, **more):
    with pytest.raises(InputError) as caught:
        build(settings(root, **more))
    return str(caught.value)


def test_splits_extent_and_rows_are_those_of_the_pictures():
    rows = (
        ROW,
        dataclasses.replace(ROW, id="b", width=20, height=3, tags=(0, 1, 2), mask=None, mask_sha256=None),
        dataclasses.replace(ROW, id="c", split="val", width=1, height=9, tags=None),
    )
    index = Index(("x", "y", "z"), rows)
    assert index.splits == ("train", "val")
    assert index.extent == Extent(9, 20, 3)
    assert Index(("x",), rows[2:]).extent == Extent(9, 1, 1)
    assert index.rows_of("train") == rows[:2]
    assert index.truth_rows() == (rows[0], rows[2])


def test_rows_of_a_split_are_sorted_wherever_they_lie():
    index = Index(("x",), [dataclasses.replace(ROW, id=one, split=split) for one, split in ["bv", "ct", "at"]])
    assert [row.id for row in index.rows_of("t")] == ["a", "c"]
    assert index.splits == ("t", "v")


@pytest.mark.parametrize("change", [{"id": "b"}, {"sha256": "0"}, {"width": 9}, {"height": 9}, {"split": "val"}])
def test_the_digest_changes_with_all_that_a_result_depends_on(change):
    assert dataclasses.replace(ROW, **change).digest != ROW.digest


def test_the_digest_tells_no_tags_from_unknown_tags():
    assert len({dataclasses.replace(ROW, tags=tags).digest for tags in (None, (), (0,), (1,), (0, 1))}) == 5


@pytest.mark.parametrize("change", [{"mask_sha256": "0"}, {"mask": None, "mask_sha256": None}, {"note": "x"}])
def test_the_digest_never_depends_on_the_truth(change):
    changed = dataclasses.replace(ROW, **change)
    assert changed.digest == ROW.digest
    assert (changed.truth_digest != ROW.truth_digest) == ("mask_sha256" in change)


def test_every_problem_is_listed_at_once(cows):
    (cows / "a.png").write_bytes(b"")
    (cows / "b.png").write_bytes((cows / "b.png").read_bytes()[:50])
    (cows / "tags.csv").write_text("a,cow\nb,coww\n")
    save_mask(cows / "masks" / "c.png", np.full((6, 8), 9, np.uint8))
    message = refusal(cows)
    assert message.startswith(f"data set `cows` in {cows}: 4 problems\n")
    assert f'{cows / "tags.csv"} line 2: tag "coww" is not in classes.txt (nearest: "cow"); correct' in message
    assert f"{cows / 'a.png'}: the file is empty (0 bytes); copy it again" in message
    assert f"{cows / 'b.png'}: truncated or damaged" in message
    assert f"{cows / 'masks' / 'c.png'}: mask has values 9, expected 0 to 2 and 255; write 0 for background" in message


@pytest.mark.parametrize(
    ("mode", "name", "found", "remedy"),
    [
        ("CMYK", "d.jpg", "colour space CMYK", "mogrify -colorspace sRGB"),
        ("I;16", "d.png", "more than 8 bits a channel", "-depth 8"),
    ],
)
def test_pictures_without_a_defined_conversion_are_refused(cows, mode, name, found, remedy):
    Image.new(mode, (8, 6)).save(cows / name)
    (cows / "splits.csv").write_text("a,train\nb,train\nc,val\nd,val\n")
    message = refusal(cows)
    assert f"{cows / name}: {found}" in message
    assert remedy in message


def test_a_missing_picture_is_named(cows):
    (cows / "c.png").unlink()
    (cows / "c.png").symlink_to(cows / "nowhere.png")
    assert f"{cows / 'c.png'}: the file is missing; restore it, or take it out" in refusal(cows)


def test_an_animated_picture_is_refused(cows):
    frames = [Image.new("RGB", (8, 6), colour) for colour in ("red", "blue")]
    frames[0].save(cows / "c.png", save_all=True, append_images=frames[1:])
    assert f"{cows / 'c.png'}: 2 frames, expected one; keep the first" in refusal(cows)


def test_a_picture_of_12000_by_9000_is_refused_by_its_header_without_being_decoded(cows):
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 12000, 9000, 8, 2, 0, 0, 0))
    # Were it decoded, the broken pixels would be the problem.
    (cows / "c.png").write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", b"broken") + chunk(b"IEND", b""))
    message = refusal(cows)
    assert f"{cows / 'c.png'}: 12000 x 9000 pixels, but `max_side` is 2048; set `working_side`" in message
    assert "or `tiles` of the data set, leave the picture out, or raise `max_side`" in message
    assert "damaged" in refusal(cows, max_side=12000)


def test_a_mask_of_another_size_is_refused_with_both_sizes(cows):
    save_mask(cows / "masks" / "a.png", np.zeros((8, 6), np.uint8))
    message = refusal(cows)
    assert f"{cows / 'masks' / 'a.png'}: mask has 6 x 8 pixels, its picture {cows / 'a.png'} has 8 x 6;" in message
    assert "draw the mask on the upright picture in full size" in message


def test_a_mask_in_a_mode_without_class_numbers_is_refused(cows):
    Image.new("RGB", (8, 6)).save(cows / "masks" / "a.png")
    assert f"{cows / 'masks' / 'a.png'}: mask is a PNG with mode RGB, expected a PNG with a palette" in refusal(cows)


def test_a_rotated_picture_is_indexed_upright_and_its_mask_must_be_upright_too(cows):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (8, 6)).save(cows / "a.png", exif=exif)
    assert "mask has 8 x 6 pixels" in refusal(cows)
    assert "has 6 x 8 upright" in refusal(cows)
    save_mask(cows / "masks" / "a.png", np.zeros((8, 6), np.uint8))
    row = build(settings(cows)).rows[0]
    assert (row.width, row.height, row.note) == (6, 8, "turned upright (EXIF orientation 6)")
