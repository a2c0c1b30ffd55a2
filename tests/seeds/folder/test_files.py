"""What every seed method promises, of maps in files."""

from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from seedmask.dataset.index import Row
from seedmask.errors import InputError
from seedmask.seeds.folder.files import MapFiles
from seedmask.seeds.folder.options import SeedFolderOptions
from seedmask.testing.seeds import SeedContract

NAMES = ("ant", "bee", "cow", "dog", "emu")


def maps_of(image):
    """Maps of five classes of an image, each stretched to a maximum of 1."""
    grey = image.astype(np.float32).sum(axis=2) + 1
    maps = np.stack([np.roll(grey, shift) for shift in range(len(NAMES))])
    return maps / maps.max()


class FileContract(SeedContract):
    """Maps that are written to a file for an image and read back."""

    def save(self, folder, maps, classes):
        raise NotImplementedError

    def cams(self, image, classes):
        height, width = image.shape[:2]
        with TemporaryDirectory() as folder:
            self.save(Path(folder), maps_of(image), classes)
            files = MapFiles(SeedFolderOptions(path=folder, origin="saliency", other_classes="ignore"), NAMES)
            row = Row("a", "a.jpg", "train", width, height, tuple(map(int, classes)), "", None, None)
            files.look([row])
            files.check([row])
            return files.read(row)


class TestOfAllClasses(FileContract):
    def save(self, folder, maps, classes):
        np.save(folder / "a.npy", maps)


class TestOfTags(FileContract):
    def save(self, folder, maps, classes):
        np.savez(folder / "a.npz", keys=np.array(classes, int), cam=maps[np.array(classes, int)])


@pytest.mark.parametrize(
    ("size", "fits"),
    [((20, 30), True), ((10, 15), True), ((5, 8), True), ((40, 60), True), ((20, 20), False), ((30, 20), False)],
)
def test_maps_need_the_shape_of_their_image_up_to_a_pixel_of_rounding(tmp_path, size, fits):
    np.save(tmp_path / "a.npy", np.ones((1, *size), np.float16))
    files = MapFiles(SeedFolderOptions(path=str(tmp_path), origin="saliency"), NAMES)
    row = Row("a", "a.jpg", "train", 30, 20, (3,), "", None, None)
    if fits:
        files.look([row])
        files.check([row])
        assert (files.read(row) == 1).all()
    else:
        for look in (files.look, files.check):
            with pytest.raises(InputError, match=f"{size[1]} x {size[0]} pixels, but image a has 30 x 20"):
                look([row])
