"""Tar and zip files, written and read an entry at a time and only in memory: nothing is unpacked to disk.

They hold no times, so that equal entries give equal bytes.
"""

import gzip
import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from seedmask.errors import SeedmaskError

DAMAGED = (OSError, EOFError, ValueError, SyntaxError, tarfile.TarError, zipfile.BadZipFile, zlib.error)
"""What the readers of archives, PNGs and JSON raise on damaged bytes."""
Files = Iterable[tuple[str, bytes]]
"""Entries, each with its path and bytes."""


def damaged(error: Exception) -> SeedmaskError:
    """The error for an archive that cannot be read back."""
    return SeedmaskError(f"the archive cannot be read back ({error}); check the disk and write it again")


def write_zip(stream: BinaryIO, files: Files) -> None:
    """Write entries as they are; PNGs are compressed already."""
    with zipfile.ZipFile(stream, "w") as archive:
        for file, data in files:
            archive.writestr(zipfile.ZipInfo(file), data)


def write_tar(stream: BinaryIO, files: Files) -> None:
    """Write a tar file, packed by gzip."""
    with (
        gzip.GzipFile("", "wb", 1, stream, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for file, data in files:
            entry = tarfile.TarInfo(file)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))


def read_zip(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Entries in their order."""
    with zipfile.ZipFile(stream) as archive:
        for entry in archive.infolist():
            yield entry.filename, archive.read(entry)


def read_tar(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Entries of a tar file that gzip packed, in their order."""
    with tarfile.open(fileobj=stream, mode="r:gz") as archive:
        for entry in archive:
            data = archive.extractfile(entry)
            yield entry.name, data.read() if data else b""


def write_list(stream: BinaryIO, file: str, values: Iterable[Any]) -> None:
    """Write a zip file that holds one JSON list, with a value on each line."""
    entry = zipfile.ZipInfo(file)
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(stream, "w") as archive, archive.open(entry, "w", force_zip64=True) as lines:
        before = b"[\n"
        for value in values:
            lines.write(before + json.dumps(value).encode())
            before = b",\n"
        lines.write(b"\n]\n" if before == b",\n" else b"[\n]\n")


def read_list(stream: BinaryIO, file: str) -> Iterator[tuple[int, Any]]:
    """Values of a list that `write_list` wrote, each with its line.

    Raises:
        SeedmaskError: the archive holds something else too.
    """
    with zipfile.ZipFile(stream) as archive:
        if archive.namelist() != [file]:
            raise SeedmaskError(f"the archive holds {', '.join(archive.namelist())}, expected {file} alone")
        with archive.open(file) as lines:
            for number, line in enumerate(lines, start=1):
                text = line.decode().strip().removesuffix(",")
                if text not in ("[", "]"):
                    yield number, json.loads(text)
