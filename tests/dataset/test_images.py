import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from PIL import Image

from seedmask.dataset.images import inspect_image, load_image, palette, read_mask, save_mask
from seedmask.errors import InputError


def noise(width=40, height=30):
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def png(width, height, depth, colour_type, row):
    """Bytes of a PNG of a kind that Pillow cannot write."""

    def chunk(name, content):
        crc = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + crc

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    data = zlib.compress((b"\0" + row) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def refusal(read, path):
    with pytest.raises(InputError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "webp"])
def test_lossless_pictures_come_back_pixel_by_pixel(tmp_path, suffix):
    path = tmp_path / f"cow.{suffix}"
    noise().save(path, lossless=True) if suffix == "webp" else noise().save(path)
    np.testing.assert_array_equal(load_image(path), np.array(noise()))


@pytest.mark.parametrize("mode", ["L", "P", "1"])
def test_grey_palette_and_bilevel_pictures_become_rgb_without_a_note(tmp_path, mode):
    path = tmp_path / "cow.png"
    picture = noise().convert(mode)
    picture.save(path)
    np.testing.assert_array_equal(load_image(path), np.array(picture.convert("RGB")))
    assert inspect_image(path).note == ""


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_alpha_is_dropped_with_a_note(tmp_path, mode):
    path = tmp_path / "cow.png"
    picture = noise().convert(mode)
    picture.putalpha(0)
    picture.save(path)
    np.testing.assert_array_equal(load_image(path), np.array(picture.convert("RGB")))
    assert inspect_image(path).note == "alpha ignored"


def test_a_transparent_palette_keeps_its_colours_with_a_note(tmp_path):
    path = tmp_path / "cow.png"
    picture = noise().convert("P")
    picture.save(path, transparency=bytes(range(256)))
    np.testing.assert_array_equal(load_image(path), np.array(picture.convert("RGB")))
    assert inspect_image(path).note == "alpha ignored"


@pytest.mark.parametrize(
    ("orientation", "turn"),
    [(3, lambda a: a[::-1, ::-1]), (6, lambda a: np.rot90(a, -1)), (8, np.rot90), (2, lambda a: a[:, ::-1])],
)
def test_exif_rotated_pictures_are_turned_upright_with_a_note(tmp_path, orientation, turn):
    path = tmp_path / "cow.png"
    exif = Image.Exif()
    exif[0x0112] = orientation
    noise().save(path, exif=exif)
    upright = load_image(path)
    np.testing.assert_array_equal(upright, turn(np.array(noise())))
    facts = inspect_image(path)
    assert (facts.height, facts.width) == upright.shape[:2]
    assert facts.note == f"turned upright (EXIF orientation {orientation})"


def test_a_phone_jpeg_with_a_second_picture_gives_the_first_with_a_note(tmp_path):
    path = tmp_path / "cow.jpg"
    noise().save(path, format="MPO", save_all=True, append_images=[Image.new("RGB", (40, 30))])
    assert load_image(path).mean() > 100
    assert inspect_image(path).note == "first of 2 pictures taken"


def test_a_missing_picture_is_refused_by_name(tmp_path):
    assert "missing; restore it" in refusal(load_image, tmp_path / "cow.jpg")


@pytest.mark.parametrize(
    ("content", "found"),
    [(b"", "0 bytes"), (b"no picture at all", "not a picture"), (b"\xff\xd8\xff", "header")],
)
def test_a_file_that_is_not_an_image_is_refused(tmp_path, content, found):
    path = tmp_path / "cow.jpg"
    path.write_bytes(content)
    message = refusal(load_image, path)
    assert found in message
    assert "copy it again" in message


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tif"])
def test_a_truncated_picture_is_refused(tmp_path, suffix):
    path = tmp_path / f"cow.{suffix}"
    noise(200, 200).save(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    message = refusal(load_image, path)
    assert "damaged" in message
    assert "copy it again" in message


@pytest.mark.parametrize(("mode", "suffix"), [("CMYK", "jpg"), ("LAB", "tif")])
def test_other_colour_spaces_are_refused_with_the_command_that_converts(tmp_path, mode, suffix):
    path = tmp_path / f"cow.{suffix}"
    Image.new(mode, (8, 8)).save(path)
    message = refusal(load_image, path)
    assert f"colour space {mode}" in message
    assert f'mogrify -colorspace sRGB "{path}"' in message


@pytest.mark.parametrize("kind", ["grey 16", "float", "colour 16"])
def test_pictures_of_more_than_8_bits_are_refused_with_what_scales_them(tmp_path, kind):
    path = tmp_path / ("cow.tif" if kind == "float" else "cow.png")
    if kind == "colour 16":
        path.write_bytes(png(4, 3, depth=16, colour_type=2, row=bytes(24)))
    else:
        Image.fromarray(np.zeros((3, 4), np.uint16 if kind == "grey 16" else np.float32)).save(path)
    message = refusal(load_image, path)
    assert "more than 8 bits" in message
    assert "`range: [LOW, HIGH]`" in message
    assert ("-depth 8" in message) == (kind != "float")


@pytest.mark.parametrize("suffix", ["gif", "png", "webp", "tif"])
def test_animated_pictures_are_refused(tmp_path, suffix):
    path = tmp_path / f"cow.{suffix}"
    noise().save(path, save_all=True, append_images=[Image.new("RGB", (40, 30), "red")])
    message = refusal(load_image, path)
    assert "2 frames" in message
    assert "keep the first" in message


def test_a_huge_picture_is_refused_by_its_header_without_being_decoded(tmp_path):
    path = tmp_path / "cow.png"
    path.write_bytes(png(12000, 9000, depth=8, colour_type=2, row=b"")[:60])  # no pixels to decode
    message = refusal(lambda file: inspect_image(file, max_side=2048), path)
    assert "12000 x 9000" in message
    assert "leave the picture out" in message
    assert "raise `max_side`" in message


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_masks_keep_every_number(tmp_path_factory, mask):
    path = tmp_path_factory.getbasetemp() / "masks" / "deep" / "cow.png"
    save_mask(path, mask)
    np.testing.assert_array_equal(read_mask(path)[0], mask)
    np.testing.assert_array_equal(np.array(Image.open(path).convert("RGB")), palette()[mask])
    assert [file.name for file in path.parent.iterdir()] == ["cow.png"]


def test_a_mask_that_cannot_be_written_leaves_the_old_one_and_no_partial_file(tmp_path, monkeypatch):
    path = tmp_path / "cow.png"
    save_mask(path, np.full((3, 4), 7, np.uint8))

    def full_disk(self, data):
        self.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full_disk)
    with pytest.raises(OSError, match="No space"):
        save_mask(path, np.zeros((3, 4), np.uint8))
    assert list(tmp_path.iterdir()) == [path]
    assert (read_mask(path)[0] == 7).all()


def test_grey_masks_are_read_as_numbers(tmp_path):
    path = tmp_path / "cow.png"
    numbers = np.array([[0, 1], [20, 255]], np.uint8)
    Image.fromarray(numbers).save(path)
    np.testing.assert_array_equal(read_mask(path)[0], numbers)


@pytest.mark.parametrize("kind", ["RGB", "1", "JPEG", "16 bit", "2 bit"])
def test_masks_whose_values_are_not_class_numbers_are_refused(tmp_path, kind):
    path = tmp_path / "cow.png"
    if kind == "2 bit":  # Pillow would stretch 0, 1, 2, 3 to 0, 85, 170, 255
        path.write_bytes(png(4, 3, depth=2, colour_type=0, row=b"\x1b"))
    elif kind == "16 bit":
        Image.fromarray(np.zeros((3, 4), np.uint16)).save(path)
    elif kind == "JPEG":
        Image.new("L", (4, 3)).save(path, format="JPEG")
    else:
        Image.new(kind, (4, 3)).save(path)
    message = refusal(read_mask, path)
    assert "expected a PNG with a palette or 8-bit grey" in message
    assert "255 for unlabelled" in message


def test_the_palette_is_that_of_the_voc_development_kit():
    # VOCdevkit, VOClabelcolormap.m: background, aeroplane, bicycle, bird, ..., tvmonitor, void.
    expected = {0: (0, 0, 0), 1: (128, 0, 0), 2: (0, 128, 0), 3: (128, 128, 0), 20: (0, 64, 128)}
    expected |= {15: (192, 128, 128), 255: (224, 224, 192)}
    for number, colour in expected.items():
        assert tuple(palette()[number]) == colour
    assert len(np.unique(palette(), axis=0)) == 256


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # of a torn TIFF directory
@given(st.sampled_from(["png", "jpg", "bmp", "tif", "webp", "gif"]), st.floats(0, 1))
def test_a_picture_cut_anywhere_loads_whole_or_is_refused(tmp_path_factory, suffix, share):
    path = tmp_path_factory.getbasetemp() / f"cut.{suffix}"
    noise().save(path)
    whole, pixels = path.read_bytes(), load_image(path)
    path.write_bytes(whole[: int(len(whole) * share)])
    try:
        np.testing.assert_array_equal(load_image(path), pixels)
    except InputError as error:
        assert str(path) in str(error)
