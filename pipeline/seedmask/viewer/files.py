"""Which file a request names, and which folder of results to show."""

import re
from pathlib import Path
from urllib.parse import unquote

from seedmask.dataset.index import set_path
from seedmask.errors import SeedmaskError


class RefusedError(Exception):
    """A request that is answered with a status and one line of text.

    Args:
        status: HTTP status.
        reason: for people.
        headers: further HTTP headers.
    """

    def __init__(self, status: int, reason: str, **headers: str):
        super().__init__(reason)
        self.status, self.headers = status, {name.replace("_", "-"): value for name, value in headers.items()}


def file_below(root: Path, quoted: str) -> Path:
    """The file that the path of a URL names.

    Args:
        root: the folder.
        quoted: path relative to it, percent-encoded.

    Raises:
        RefusedError: 403 if it leads or links out of the folder, 404 if the file does not exist.
    """
    names = unquote(quoted).split("/")
    # Absolute paths and the separators of other systems contain one of these too.
    if any(name in ("", ".", "..") or set(name) & set("\\\0") for name in names):
        raise RefusedError(403, "not a path inside the results")
    try:
        path = root.joinpath(*names).resolve(strict=True)
    except (OSError, RuntimeError):  # missing; names that are too long; a link to itself
        raise RefusedError(404, "no such file") from None
    if not path.is_relative_to(root.resolve()):
        raise RefusedError(403, "a link that leads out of the results")
    if not path.is_file():
        raise RefusedError(404, "not a file")
    return path


def byte_range(header: str | None, size: int) -> tuple[int, int] | None:
    """First byte, and the byte after the last, of a `Range` header.

    None stands for the complete file: without a header, and for several ranges or other units, which HTTP allows a
    server to ignore.

    Raises:
        RefusedError: 416 if the range contains no byte of the file.
    """
    match = re.fullmatch(r"bytes=\s*(\d*)-(\d*)\s*", header or "", re.ASCII)
    if not match or match[1] == match[2] == "":
        return None
    if match[1] == "":
        first, end = max(size - int(match[2]), 0), size
    else:
        first, end = int(match[1]), min(int(match[2] or size) + 1, size)
        if match[2] and int(match[2]) < first:
            return None
    if first >= end:
        raise RefusedError(416, f"the file has {size} bytes", Content_Range=f"bytes */{size}")
    return first, end


def data_set_in(results: Path) -> Path:
    """A folder like `results/stamps`: the given one, or the only one in it.

    Raises:
        SeedmaskError: it is not a folder, holds no indexed data set, or holds several.
    """
    if not results.is_dir():
        raise SeedmaskError(f"{results}: is no folder; name one like results/stamps, made by snakemake")
    if _is_indexed(results):
        return results
    folders = sorted(folder for folder in results.iterdir() if folder.is_dir() and _is_indexed(folder))
    if len(folders) > 1:
        names = ", ".join(map(str, folders))
        raise SeedmaskError(f"{results}: holds the results of {len(folders)} data sets; name one of {names}")
    if not folders:
        raise SeedmaskError(
            f"{results}: holds no index, neither itself nor in a folder below; run snakemake, which makes it first, "
            "or name another folder like results/stamps"
        )
    return folders[0]


def _is_indexed(folder: Path) -> bool:
    return set_path(folder).is_file()
