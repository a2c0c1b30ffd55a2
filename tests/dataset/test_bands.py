"""Pictures of other kinds: many bands, more than 8 bits, floats, GeoTIFF, and formats that are not read."""

import struct

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from seedmask.dataset.images import header_size, image_size, inspect_image, load_image, read_image
from seedmask.dataset.picture_reading import PLAIN, PictureReading
from seedmask.errors import InputError

RANGE = PictureReading(limits=(0.0, 4000.0))
FALSE_COLOURS = PictureReading(bands=(3, 2, 1), limits=(0.0, 4000.0))
GEO = [(33550, 12, 3, (1.0, 1.0, 0.0), True), (34735, 3, 4, (1, 1, 0, 0), True)]


def numbers(*shape, dtype=np.uint16, top=4000):
    return np.random.default_rng(0).integers(0, top, shape).astype(dtype)


def write(path, values, no_data=None, **options):
    tags = list(options.pop("extratags", []))
    tags += [] if no_data is None else [(42113, 2, 0, no_data, True)]
    tifffile.imwrite(path, values, extratags=tags, **options)
    return path


def refusal(path, reading=PLAIN):
    with pytest.raises(InputError) as caught:
        load_image(path, reading)
    (problem,) = caught.value.problems
    assert problem.where == str(path)
    return str(problem)


def scaled(values, low=0, high=4000):
    return np.rint(np.clip((values.astype(np.float64) - low) / (high - low), 0, 1) * 255).astype(np.uint8)


LAYOUTS = {
    "marked as alpha": {"photometric": "rgb", "extrasamples": ["unassalpha"]},
    "not marked": {"photometric": "rgb", "extrasamples": ["unspecified"]},
    "grey and others": {"photometric": "minisblack", "planarconfig": "contig"},
    "deflate with predictor": {"photometric": "rgb", "compression": "zlib", "predictor": 2, "tile": (16, 16)},
    "big-endian BigTIFF": {"photometric": "rgb", "byteorder": ">", "bigtiff": True},
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_four_bands_of_16_bits_are_refused_with_the_settings_that_read_them(tmp_path, layout):
    path = write(tmp_path / "field.tif", numbers(20, 30, 4), **LAYOUTS[layout])
    message = refusal(path)
    assert "4 bands of uint16" in message
    assert "set `bands: [3, 2, 1]`" in message
    assert "`range: [LOW, HIGH]`" in message
    assert "`range: {percentiles: [2, 98]}`" in message


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_chosen_bands_become_rgb_by_the_range(tmp_path, layout):
    values = numbers(20, 30, 4, top=5000)
    path = write(tmp_path / "field.tif", values, **LAYOUTS[layout])
    np.testing.assert_array_equal(load_image(path, FALSE_COLOURS), scaled(values[..., [2, 1, 0]]))
    infrared = PictureReading(bands=(4,), limits=(0.0, 4000.0))
    np.testing.assert_array_equal(load_image(path, infrared), np.repeat(scaled(values[..., 3:]), 3, axis=2))
    facts = inspect_image(path, reading=FALSE_COLOURS)
    assert (facts.width, facts.height, facts.kind) == (30, 20, "4 bands of uint16")
    assert facts.note == ""
    assert facts == read_image(path, reading=FALSE_COLOURS)[1]


def test_bands_that_lie_one_after_the_other_are_read_alike(tmp_path):
    values = numbers(4, 20, 30)
    path = write(tmp_path / "field.tif", values, photometric="rgb", planarconfig="separate")
    assert "4 bands of uint16" in refusal(path)
    np.testing.assert_array_equal(load_image(path, FALSE_COLOURS), scaled(np.moveaxis(values, 0, 2)[..., [2, 1, 0]]))


def test_infrared_that_is_called_alpha_is_not_dropped_from_deep_pictures(tmp_path):
    path = write(tmp_path / "field.tif", numbers(20, 30, 4), **LAYOUTS["marked as alpha"])
    assert "does not say which are colours; set `bands: [3, 2, 1]`" in refusal(path, RANGE)


def test_a_fourth_band_of_8_bits_is_alpha_only_where_the_file_says_so(tmp_path):
    values = numbers(20, 30, 4, dtype=np.uint8, top=256)
    alpha = write(tmp_path / "alpha.tif", values, photometric="rgb", extrasamples=["unassalpha"])
    np.testing.assert_array_equal(load_image(alpha), values[..., :3])
    assert inspect_image(alpha).note == "alpha ignored"
    other = write(tmp_path / "other.tif", values, photometric="rgb", extrasamples=["unspecified"])
    message = refusal(other)
    assert "4 bands of uint8, of which the file names 3 as colours; set `bands: [3, 2, 1]`" in message
    assert "range" not in message
    np.testing.assert_array_equal(load_image(other, PictureReading(bands=(4, 1, 2))), values[..., [3, 0, 1]])


@pytest.mark.parametrize("count", [2, 3, 5, 13])
def test_bands_without_names_are_refused_and_read_by_number(tmp_path, count):
    values = numbers(20, 30, count, dtype=np.uint8, top=256)
    path = write(tmp_path / "field.tif", values, photometric="minisblack", planarconfig="contig")
    wanted = "`bands: [1]`" if count == 2 else "`bands: [3, 2, 1]`"
    assert f"{count} bands of uint8, of which the file names none as colours; set {wanted}" in refusal(path)
    chosen = load_image(path, PictureReading(bands=(count,)))
    np.testing.assert_array_equal(chosen, np.repeat(values[..., -1:], 3, axis=2))


@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.uint32, np.int32, np.float32, np.float64, np.float16])
def test_grey_of_any_numbers_is_read_by_a_range(tmp_path, dtype):
    values = numbers(20, 30, dtype=dtype, top=3000)
    path = write(tmp_path / "scan.tif", values)
    message = refusal(path)
    assert f"1 band of {np.dtype(dtype)}, more than 8 bits a channel" in message
    assert "`range: [LOW, HIGH]`" in message
    grey = load_image(path, PictureReading(limits=(500.0, 2500.0)))
    np.testing.assert_array_equal(grey, np.repeat(scaled(values, 500, 2500)[..., None], 3, axis=2))


def test_a_grey_png_of_16_bits_is_read_by_a_range(tmp_path):
    values = numbers(20, 30)
    path = tmp_path / "scan.png"
    Image.fromarray(values).save(path)
    assert "`range: [LOW, HIGH]`" in refusal(path)
    np.testing.assert_array_equal(load_image(path, RANGE)[..., 1], scaled(values))
    assert inspect_image(path, reading=RANGE).kind == "1 band of uint16"


def test_a_compression_that_needs_another_package_says_which(tmp_path):
    path = tmp_path / "scan.tif"
    Image.fromarray(numbers(20, 30)).save(path, compression="tiff_lzw")
    np.testing.assert_array_equal(load_image(path, RANGE)[..., 1], scaled(numbers(20, 30)))  # one band, by Pillow
    data = bytearray(write(tmp_path / "field.tif", numbers(20, 30, 4), photometric="rgb").read_bytes())
    place = data.index(struct.pack("<HHIH", 259, 3, 1, 1))
    data[place + 8] = 5  # the tag of the compression says LZW
    (tmp_path / "field.tif").write_bytes(data)
    message = refusal(tmp_path / "field.tif", FALSE_COLOURS)
    assert "4 bands of uint16, compressed by LZW" in message
    assert "pip install 'tifffile[codecs]'" in message


def test_numbers_that_are_none_are_counted_unless_the_file_marks_them(tmp_path):
    values = numbers(20, 30, dtype=np.float32)
    values[:2, :3] = np.nan
    message = refusal(write(tmp_path / "nan.tif", values), RANGE)
    assert "6 of them no finite numbers (NaN or infinite)" in message
    path = write(tmp_path / "marked.tif", values, no_data="nan")
    pixels = load_image(path, RANGE)
    assert (pixels[:2, :3] == 0).all()
    np.testing.assert_array_equal(pixels[2:, :, 0], scaled(values[2:]))
    assert inspect_image(path, reading=RANGE).note == "6 pixels without data are black"


def test_pixels_without_data_are_black_and_not_counted(tmp_path):
    values = numbers(20, 30, dtype=np.int16)
    values[0, 0] = -9999
    path = write(tmp_path / "scan.tif", values, no_data="-9999")
    facts = inspect_image(path, reading=PictureReading(percentiles=(0.0, 100.0)))
    assert sum(facts.counts.values()) == 599
    assert min(facts.counts) >= 0
    assert load_image(path, PictureReading(limits=(-20000.0, 4000.0)))[0, 0].tolist() == [0, 0, 0]


def test_small_values_are_bright_where_the_file_says_so(tmp_path):
    values = numbers(20, 30)
    path = write(tmp_path / "xray.tif", values, photometric="miniswhite")
    np.testing.assert_array_equal(load_image(path, RANGE)[..., 0], 255 - scaled(values))


def test_a_geotiff_is_read_with_a_note_and_named_when_it_is_not(tmp_path):
    values = numbers(20, 30, 3, dtype=np.uint8, top=256)
    path = write(tmp_path / "map.tif", values, photometric="rgb", extratags=GEO)
    np.testing.assert_array_equal(load_image(path), values)
    assert inspect_image(path).note == "GeoTIFF, its coordinates are not kept"
    deep = write(tmp_path / "deep.tif", numbers(20, 30, 4), photometric="rgb", extratags=GEO)
    assert "a GeoTIFF with 4 bands of uint16" in refusal(deep)
    assert "GeoTIFF, its coordinates are not kept" in inspect_image(deep, reading=FALSE_COLOURS).note


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_smaller_copies_in_the_file_are_no_frames(tmp_path, dtype):
    values = numbers(32, 48, 3, dtype=dtype, top=256)
    path = tmp_path / "cloud.tif"
    with tifffile.TiffWriter(path) as file:
        file.write(values, photometric="rgb", subifds=0)
        file.write(values[::2, ::2], photometric="rgb", subfiletype=1)
    reading = PLAIN if dtype == np.uint8 else PictureReading(limits=(0.0, 255.0))
    np.testing.assert_array_equal(load_image(path, reading), values)


def test_several_pictures_in_a_file_are_refused_whatever_is_set(tmp_path):
    path = write(tmp_path / "stack.tif", numbers(5, 20, 30), photometric="minisblack")
    assert "5 frames" in refusal(path)
    assert "5 frames" in refusal(path, FALSE_COLOURS)


def test_complex_numbers_and_other_colour_spaces_are_refused(tmp_path):
    radar = write(tmp_path / "radar.tif", numbers(20, 30).astype(np.complex64))
    print_ = write(tmp_path / "print.tif", numbers(20, 30, 4), photometric="separated")
    for reading in (PLAIN, RANGE):
        assert "numbers of complex64" in refusal(radar, reading)
    assert "colour space SEPARATED" in refusal(print_, FALSE_COLOURS)


def test_settings_that_do_not_fit_a_picture_are_refused(tmp_path):
    grey = write(tmp_path / "grey.tif", numbers(20, 30))
    assert "1 band of uint16, but `bands` of the data set asks for number 3" in refusal(grey, FALSE_COLOURS)
    assert "set `range: [LOW, HIGH]`" in refusal(grey, PictureReading(bands=(1,)))
    photo = tmp_path / "photo.png"
    Image.new("RGB", (8, 6)).save(photo)
    assert "3 bands of uint8, which ends at 255, but `range`" in refusal(photo, FALSE_COLOURS)
    known = PictureReading(limits=(0.0, 200.0), kind="4 bands of uint16")
    assert "3 bands of uint8, but the pictures of the data set have 4 bands of uint16" in refusal(photo, known)


def test_settings_hold_for_ordinary_pictures_too(tmp_path):
    values = numbers(20, 30, 3, dtype=np.uint8, top=256)
    path = tmp_path / "photo.png"
    alpha = np.full((20, 30, 1), 9, np.uint8)
    Image.fromarray(np.concatenate([values, alpha], axis=2)).save(path)
    swapped = PictureReading(bands=(3, 2, 1), limits=(0.0, 100.0))
    np.testing.assert_array_equal(load_image(path, swapped), scaled(values[..., ::-1], 0, 100))
    stretched = PictureReading(limits=(0.0, 100.0))
    np.testing.assert_array_equal(load_image(path, stretched), scaled(values, 0, 100))
    assert inspect_image(path, reading=stretched).note == "alpha ignored"


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_deep_pictures_are_turned_upright(tmp_path, orientation):
    values = numbers(20, 30)
    path = write(tmp_path / "scan.tif", values, extratags=[(274, 3, 1, orientation, True)])
    turns = {1: 0, 3: 2, 6: -1, 8: 1}
    upright = load_image(path, RANGE)
    np.testing.assert_array_equal(upright[..., 0], np.rot90(scaled(values), turns[orientation]))
    facts = inspect_image(path, reading=RANGE)
    assert (facts.height, facts.width) == upright.shape[:2]
    assert header_size(path) == facts.size


def test_a_large_picture_is_refused_by_its_header(tmp_path):
    path = write(tmp_path / "field.tif", numbers(20, 3000, 4), photometric="rgb")
    for reading in (PLAIN, FALSE_COLOURS):
        with pytest.raises(InputError, match="3000 x 20 pixels, but `max_side` is 2048"):
            inspect_image(path, 2048, reading)


@pytest.mark.parametrize(
    ("offset", "mark", "name"),
    [(128, b"DICM", "DICOM"), (0, b"SIMPLE  =", "FITS"), (0, b"\x89HDF\r\n\x1a\n", "HDF5"), (4, b"ftypheic", "HEIC")],
)
def test_known_formats_that_are_not_read_are_named(tmp_path, offset, mark, name):
    path = tmp_path / "scan.png"
    path.write_bytes(b"\0" * offset + mark + b"\0" * 300)
    for reading in (PLAIN, RANGE):
        assert f"is {name}" in refusal(path, reading)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # of a torn TIFF directory
@given(st.sampled_from([None, "zlib"]), st.binary(max_size=60), st.floats(0, 1))
def test_a_deep_picture_that_is_cut_is_whole_or_refused(tmp_path_factory, compression, noise, share):
    path = tmp_path_factory.getbasetemp() / "cut.tif"
    write(path, numbers(20, 30, 4), photometric="rgb", compression=compression, rowsperstrip=8)
    whole, pixels = path.read_bytes(), load_image(path, FALSE_COLOURS)
    place = int(len(whole) * share)
    for data in (whole[:place], whole[:place] + noise):
        path.write_bytes(data)
        try:
            np.testing.assert_array_equal(load_image(path, FALSE_COLOURS), pixels)
        except InputError as error:
            assert str(path) in str(error)


@given(
    arrays(np.uint16, (5, 7, 6)),
    st.lists(st.integers(1, 6), min_size=3, max_size=3),
    st.integers(0, 1000),
    st.integers(1, 60000),
)
def test_every_choice_of_bands_is_linear_and_clipped(tmp_path_factory, values, bands, low, width):
    path = write(tmp_path_factory.getbasetemp() / "six.tif", values, photometric="minisblack", planarconfig="contig")
    reading = PictureReading(tuple(bands), (float(low), float(low + width)))
    chosen = values[..., [band - 1 for band in bands]]
    np.testing.assert_array_equal(load_image(path, reading), scaled(chosen, low, low + width))


def test_the_size_by_the_header_refuses_what_reading_refuses(tmp_path):
    deep = write(tmp_path / "field.tif", numbers(20, 30, 4), photometric="rgb")
    five = write(tmp_path / "five.tif", numbers(20, 30, 5), photometric="minisblack", planarconfig="contig")
    for path in (deep, five):
        with pytest.raises(InputError, match="set `bands"):
            image_size(path)
    plain = write(tmp_path / "photo.tif", numbers(20, 30, 3, dtype=np.uint8, top=256), photometric="rgb")
    assert image_size(plain) == (30, 20)
