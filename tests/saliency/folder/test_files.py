import numpy as np
import pytest
from PIL import Image

from seedmask.dataset.index import Row
from seedmask.errors import InputError, SeedmaskError
from seedmask.saliency.folder.files import SaliencyFiles
from seedmask.saliency.folder.options import FolderOptions

LEVELS = np.uint8([[0, 51, 102], [153, 204, 255]])


def row(name="a", width=3, height=2):
    return Row(name, f"{name}.jpg", "train", width, height, (), "", None, None)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "maps").mkdir()
    return tmp_path / "maps"


def save(folder, values, name="a.png", mode=None):
    (folder / name).parent.mkdir(exist_ok=True)
    picture = Image.fromarray(values)
    (picture.convert(mode) if mode else picture).save(folder / name)


def files(folder, **options):
    return SaliencyFiles(FolderOptions(folder=str(folder), **options))


def refusal(folder, *rows, **options):
    with pytest.raises(InputError) as error:
        files(folder, **options).check(rows or [row()])
    return str(error.value)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (LEVELS, "a.png"),
        (LEVELS, "a.bmp"),
        (LEVELS, "a.tif"),
        (LEVELS.astype(np.uint16) * 257, "a.png"),
        (LEVELS.astype(np.float32) / 255, "a.tif"),
        (np.repeat(LEVELS[..., None], 3, axis=2), "a.png"),  # grey that was saved as colour
    ],
)
def test_grey_of_every_kind_is_read_in_0_to_1(folder, values, name):
    save(folder, values, name)
    maps = files(folder)
    maps.check([row()])
    found = maps.read(row())
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, LEVELS / 255, atol=1e-6)


def test_black_and_white_and_grey_palettes_are_read(folder):
    save(folder, LEVELS, "a.png", mode="1")
    save(folder, LEVELS, "b.gif", mode="P")
    maps = files(folder)
    maps.check([row("a"), row("b")])
    assert set(np.unique(maps.read(row("a"))).tolist()) == {0, 1}
    np.testing.assert_allclose(maps.read(row("b")), LEVELS / 255, atol=1e-6)


def test_maps_may_lie_in_folders_as_their_images_do(folder):
    save(folder, LEVELS, "park/a.png")
    files(folder).check([row("park/a")])


def test_an_inverted_map_is_turned_round_on_request(folder):
    save(folder, LEVELS)
    np.testing.assert_allclose(files(folder, invert=True).read(row()), 1 - LEVELS / 255, atol=1e-6)


def test_everything_that_is_wrong_is_reported_at_once(folder):
    save(folder, LEVELS, "b.png")
    save(folder, LEVELS, "b.jpg")
    save(folder, LEVELS, "c.png")
    message = refusal(folder, row("a"), row("b"), row("c", width=4))
    assert "a.png: is missing: image a has no map; add it, or take its split out of `splits`" in message
    assert "b.png: a second map of image b; keep one of them" in message
    assert "c.png: 3 x 2 pixels, but the picture has 4 x 2; make maps of the pictures' sizes, or set `resize" in message


def test_another_size_is_taken_on_request(folder):
    save(folder, LEVELS)
    maps = files(folder, resize=True)
    maps.check([row(width=30, height=20)])
    assert maps.read(row()).shape == (2, 3)


@pytest.mark.parametrize(
    ("values", "name", "message"),
    [
        (np.uint8([[[255, 0, 0]] * 3] * 2), "a.png", "is in colour (mode RGB), expected grey; save the map in grey"),
        (np.zeros((2, 3, 4), np.uint8), "a.png", "a picture with transparency, expected one grey picture"),
        (LEVELS > 100, "a.png", None),
        ((LEVELS > 100).astype(np.uint8), "a.png", "numbers from 0 to 1 of 255: hardly anything would stand out"),
        (LEVELS.astype(np.uint16), "a.png", "numbers from 0 to 255 of 65535: hardly anything would stand out"),
        (LEVELS.astype(np.int32) * 1000, "a.tif", "numbers up to 255000, expected 0 to 65535"),
        (LEVELS.astype(np.float32), "a.tif", "floats from 0 to 255, expected 0 to 1; scale all maps alike to 0..1"),
        (np.full((2, 3), np.nan, np.float32), "a.tif", "expected 0 to 1"),
        (np.zeros((2, 3), np.uint8), "a.png", None),  # empty: nothing stands out
        (np.full((2, 3), 255, np.uint8), "a.png", None),
    ],
)
@pytest.mark.filterwarnings("ignore:All-NaN slice")
def test_numbers_that_cannot_be_meant_are_refused(folder, values, name, message):
    save(folder, values, name)
    if message is None:
        files(folder).check([row()])
    else:
        assert message in refusal(folder)


def test_colour_spaces_without_a_grey_and_films_are_refused(folder):
    Image.new("CMYK", (3, 2)).save(folder / "a.tif")
    frames = [Image.fromarray(LEVELS), Image.fromarray(255 - LEVELS)]
    frames[0].save(folder / "b.tif", save_all=True, append_images=frames[1:])
    message = refusal(folder, row("a"), row("b"))
    assert "mode CMYK, expected grey of 8 or 16 bits, or floats" in message
    assert "2 frames, expected one grey picture" in message


def test_damaged_files_are_named(folder):
    (folder / "a.png").write_bytes(b"no picture")
    assert "a.png: not a picture that can be read" in refusal(folder)


def test_a_folder_that_is_not_there_is_named(folder):
    with pytest.raises(SeedmaskError, match="nowhere: there is no such folder"):
        files(folder / "nowhere")


def test_an_edited_file_has_another_digest(folder):
    save(folder, LEVELS)
    before = files(folder).digest(row())
    save(folder, 255 - LEVELS)
    assert files(folder).digest(row()) != before
