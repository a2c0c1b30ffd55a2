"""Pictures, masks and saliency maps that are damaged, of other kinds, or bombs."""

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hostile_kit import INDEX, Cases, command, data_set, index
from PIL import Image

from seedmask.saliency.folder.files import SaliencyFiles
from seedmask.saliency.folder.options import FolderOptions

cases = Cases("pictures")
SIGNATURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@cases.each()
def test_a_clear_answer(case, request):
    cases.check(case, request)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *more: bytes, bits: int = 8, colours: int = 0) -> bytes:
    """A PNG that claims a size, with hardly any pixels in it."""
    head = struct.pack(">IIBBBBB", width, height, bits, colours, 0, 0, 0)
    return b"".join(
        [SIGNATURE, chunk(b"IHDR", head), *more, chunk(b"IDAT", zlib.compress(bytes(100))), chunk(b"IEND", b"")]
    )


def picture(what: str, write: bytes | Callable[[Path], object], *names: str) -> None:
    """Add a picture b.png of a data set as a case."""

    def give() -> None:
        dataset = data_set()
        Path("cows/b.png").unlink()
        Path("cows/b.png").write_bytes(write) if isinstance(write, bytes) else write(Path("cows/b.png"))
        index(dataset)

    cases(what, "b.png", *names)(give)


def mask(what: str, write: bytes | np.ndarray, *names: str) -> None:
    """Add the truth mask of picture b as a case."""

    def give() -> None:
        dataset = data_set()
        Path("cows/masks").mkdir()
        file = Path("cows/masks/b.png")
        file.write_bytes(write) if isinstance(write, bytes) else Image.fromarray(write).save(file)
        index(dataset)

    cases(what, "masks/b.png", *names)(give)


def saved(mode: str, **options: object) -> Callable[[Path], None]:
    return lambda path: Image.new(mode, (8, 6)).save(path, **options)


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 6\n%%EndComments\n(touch owned) (w) file\n%%EOF\n"
BOMB = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(1 << 26)))
picture("no bytes", b"", "empty (0 bytes)")
picture("a text", b"this is no picture", "not a picture that can be read")
picture("half of a picture", png(8, 6)[:45], "truncated or damaged")
picture("3.6 billion pixels in 100 bytes", png(60_000, 60_000), "60000 x 60000 pixels", "`max_side` is 256")
picture("a bomb in a comment", png(8, 6, BOMB), "Decompressed data too large")
picture("a program for Ghostscript", EPS, "not a picture that can be read", "convert it")
picture("16 bits a channel", lambda path: Image.new("I;16", (8, 6)).save(path), "more than 8 bits", "mogrify")
picture("CMYK", saved("CMYK", format="TIFF"), "colour space CMYK", "mogrify")
picture(
    "frames",
    lambda path: saved("L", format="GIF", save_all=True, append_images=[Image.new("L", (8, 6), 9)])(path),
    "2 frames",
)
picture("a pipe that nobody writes to", os.mkfifo, "not a regular file")
picture("a device without an end", lambda path: path.symlink_to("/dev/zero"), "not a regular file")
picture("a link to nothing", lambda path: path.symlink_to("nothing"), "the file is missing")
picture("a link to itself", lambda path: path.symlink_to("b.png"), "cannot be read")

mask("a mask of 3.6 billion pixels", png(60_000, 60_000), "60000 x 60000 pixels", "`max_side` is 256")
mask("a mask of another size", np.zeros((6, 9), np.uint8), "9 x 6 pixels", "8 x 6")
mask("a mask with an unknown class", np.full((6, 8), 77, np.uint8), "values 77", "expected 0 to 2 and 255")
mask("a mask in colour", np.zeros((6, 8, 3), np.uint8), "mode RGB", "PNG with a palette")
mask("a mask of 16 bits", np.zeros((6, 8), np.uint16), "mode I;16", "PNG with a palette")
mask("a mask of 2 bits", png(8, 6, bits=2), "grey of less than 8 bits")
mask("a mask that is torn", png(8, 6)[:45], "truncated or damaged")


@cases("a mask that is no PNG", "masks/b.jpg", "mask is not a PNG")
def _():
    dataset = data_set()
    Path("cows/masks").mkdir()
    Image.new("L", (8, 6)).save("cows/masks/b.jpg")
    index(dataset)


def saliency(what: str, data: bytes, *names: str) -> None:
    """Add the map of picture a as a case."""

    def give() -> None:
        Path("maps").mkdir()
        Path("maps/a.png").write_bytes(data)
        SaliencyFiles(FolderOptions(folder="maps")).check(INDEX.rows[:1])

    cases(what, "maps/a.png", *names)(give)


saliency("a map of 3.6 billion pixels", png(60_000, 60_000), "60000 x 60000 pixels", "those of the picture")
saliency("a map that is a text", b"no map", "not a picture that can be read")
saliency("a map without pixels", png(8, 100), "cannot be read as a picture")


@cases("a bomb among new pictures", "60000 x 60000 pixels", "16384")
def _():
    from seedmask.dataset.images import load_image

    Path("new.png").write_bytes(png(60_000, 60_000))
    load_image(Path("new.png"))


@cases("a bomb in a folder to set up", "cows/bomb.png", "60000 x 60000 pixels")
def _():
    Path("cows/masks").mkdir(parents=True)
    Path("cows/bomb.png").write_bytes(png(60_000, 60_000))
    Path("cows/masks/bomb.png").write_bytes(png(60_000, 60_000))
    return command("init", "cows")
