"""Reading of regular files of the user, up to a size limit."""

import stat
from pathlib import Path

from seedmask.errors import InputError, Problem

MOST_BYTES = 1 << 31


def read_file(path: Path) -> bytes:
    """Content of a file.

    Raises:
        InputError: it is missing, unreadable, too large, or a pipe or device, which may never end.
    """
    try:
        size = require_regular(path)
        if size > MOST_BYTES:
            raise _refusal(path, f"has {size} bytes, more than {MOST_BYTES}", "make it smaller")
        return path.read_bytes()
    except FileNotFoundError:
        raise _refusal(path, "the file is missing", "restore it, or take it out of the data set") from None
    except OSError as error:
        raise _refusal(path, f"cannot be read ({error.strerror})", "check the file and its permissions") from error


def require_regular(path: Path) -> int:
    """Size of a file in bytes.

    Raises:
        InputError: it is missing, or a pipe or device, which may never end.
    """
    try:
        facts = path.stat()
    except FileNotFoundError:
        raise _refusal(path, "the file is missing", "restore it, or take it out of the data set") from None
    except OSError as error:
        raise _refusal(path, f"cannot be read ({error.strerror})", "check the file and its permissions") from error
    if not stat.S_ISDIR(facts.st_mode) and not stat.S_ISREG(facts.st_mode):
        raise _refusal(path, "is not a regular file but a pipe or a device", "put a file there, or take it out")
    return facts.st_size


def _refusal(path: Path, found: str, remedy: str) -> InputError:
    return InputError(path.name, [Problem(str(path), found, remedy)])
