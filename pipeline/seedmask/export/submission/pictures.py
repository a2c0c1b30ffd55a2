"""Archives of mask pictures: PNGs of 8 bits in a tar or zip file."""

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

import numpy as np
from PIL import Image

from seedmask.dataset.images import palette
from seedmask.errors import SeedmaskError
from seedmask.export.submission.archives import DAMAGED, damaged, read_tar, read_zip, write_tar, write_zip
from seedmask.export.submission.benchmark import Size
from seedmask.methods.weak_labels import Labels


@dataclass(frozen=True)
class MaskPictures:
    """A PNG for each picture, named as the picture."""

    values: tuple[int | None, ...]
    """Value of each label in the PNGs, background first; None where the benchmark lacks it."""
    suffixes: tuple[str, ...] = (".zip",)
    """Ends of the archive's name; `.tgz` and `.tar.gz` for a tar file."""
    folder: str = ""
    """Folder of the PNGs in the archive."""
    coloured: bool = False
    """Whether the PNGs have VOC's palette; grey otherwise."""

    def write(self, stream: BinaryIO, name: str, masks: Iterable[tuple[str, Labels]]) -> None:  # noqa: ARG002
        """Write the archive, one picture at a time; the labels must be among those that have a value."""
        table = np.array([value or 0 for value in self.values], np.uint8)
        files = ((str(PurePosixPath(self.folder, f"{stem}.png")), self._png(table[mask])) for stem, mask in masks)
        (write_zip if self._zipped else write_tar)(stream, files)

    def check(self, stream: BinaryIO, name: str, sizes: Mapping[str, Size]) -> None:  # noqa: ARG002
        """Read the archive as the server does; see `ArchiveForm`."""
        missing = {str(PurePosixPath(self.folder, f"{stem}.png")): size for stem, size in sizes.items()}
        try:
            for file, data in (read_zip if self._zipped else read_tar)(stream):
                if file not in missing:
                    raise SeedmaskError(f"{file}: is in the archive and not in the split, or is there twice")
                self._check_png(file, data, missing.pop(file))
        except DAMAGED as error:
            raise damaged(error) from None
        if missing:
            raise SeedmaskError(f"{next(iter(missing))} and {len(missing) - 1} more pictures are not in the archive")

    @property
    def _zipped(self) -> bool:
        return ".zip" in self.suffixes

    def _png(self, values: Labels) -> bytes:
        picture, data = Image.fromarray(values), io.BytesIO()
        if self.coloured:
            picture.putpalette(palette().tobytes())
        picture.save(data, format="PNG")
        return data.getvalue()

    def _check_png(self, file: str, data: bytes, size: Size) -> None:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
            mode = "P" if self.coloured else "L"
            if picture.mode != mode:
                raise SeedmaskError(f"{file}: PNG of mode {picture.mode}, expected {mode}")
            if (found := (picture.height, picture.width)) != size:
                raise SeedmaskError(
                    f"{file}: {found[1]} x {found[0]} pixels, and the picture has {size[1]} x {size[0]}"
                )
            if self.coloured and not (picture.getpalette() or []) == palette().ravel().tolist():
                raise SeedmaskError(f"{file}: does not have VOC's palette")
            wrong = set(np.unique(np.asarray(picture)).tolist()) - set(self.values)
        if wrong:
            raise SeedmaskError(f"{file}: pixels of value {min(wrong)}, which the benchmark does not have")
