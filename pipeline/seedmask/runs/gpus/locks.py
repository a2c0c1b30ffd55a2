"""Kernel file locks that all users of a machine share, one a card.

The folder is like `/tmp` itself: everybody may add a file, nobody may remove another's. Anybody may have made it, so no
link is followed, and a file that is not a plain file is closed at once.
"""

import fcntl
import os
import pwd
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from seedmask.errors import SeedmaskError

LOCKS = Path("/tmp/seedmask-gpus")  # not TMPDIR, which may be a folder of each user's own
"""Folder of the lock files of this machine."""


@contextmanager
def opened(path: Path) -> Iterator[int]:
    """The folder of the locks, made where there is none, as a handle.

    Raises:
        SeedmaskError: it cannot be made, or it is a link or a file.
    """
    try:
        with suppress(FileExistsError), _for_everybody():
            path.mkdir(mode=0o1777)
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _unusable(path, error.strerror) from error
    try:
        yield handle
    finally:
        os.close(handle)


def take(folder: int, name: str, path: Path) -> int | None:
    """Lock a card; a handle that holds it until it is closed or its process dies, or None where somebody has it.

    Args:
        folder: handle from `opened`.
        name: of the card.
        path: of the folder, for messages.

    Raises:
        SeedmaskError: the lock file cannot be made or opened, or is not a plain file.
    """
    while True:
        handle = _file(folder, f"{name}.lock", path)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return None
        if _is_current(folder, f"{name}.lock", handle):
            return handle
        os.close(handle)  # removed between being opened and locked: somebody may hold its successor


def is_taken(name: str, path: Path = LOCKS) -> bool:
    """Whether somebody holds a card now."""
    try:
        handle = os.open(path / f"{name}.lock", os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _file(folder: int, name: str, path: Path) -> int:
    """A lock file, opened for reading, which is enough to lock it whoever made it."""
    look = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # a pipe would be waited for
    while True:
        try:
            # Made and opened apart: in such a folder Linux may refuse O_CREAT for a file of somebody else.
            handle = os.open(name, look, dir_fd=folder)
        except FileNotFoundError:
            try:
                with suppress(FileExistsError), _for_everybody():
                    os.close(os.open(name, look | os.O_CREAT | os.O_EXCL, 0o666, dir_fd=folder))
            except OSError as error:
                raise _unusable(path, error.strerror) from error
            continue
        except OSError as error:
            raise _unusable(path / name, error.strerror) from error
        if stat.S_ISREG(os.fstat(handle).st_mode):
            return handle
        os.close(handle)
        raise _unusable(path / name, "it is not a plain file")


def _is_current(folder: int, name: str, handle: int) -> bool:
    with suppress(FileNotFoundError):
        return os.stat(name, dir_fd=folder, follow_symlinks=False).st_ino == os.fstat(handle).st_ino
    return False


@contextmanager
def _for_everybody() -> Iterator[None]:
    """Make files with exactly the requested mode. This changes the whole process, so it is for an instant only."""
    before = os.umask(0)
    try:
        yield
    finally:
        os.umask(before)


def _unusable(path: Path, reason: str | None) -> SeedmaskError:
    try:
        number = path.lstat().st_uid
        owner = f", which belongs to {_name(number)}"
    except OSError:
        owner = ""
    return SeedmaskError(
        f"{path}{owner}: {reason}; GPUs are leased by locks there, in a folder that all users can write: remove it, "
        f"or have its owner run `chmod 1777 {LOCKS}` and `chmod 666` on what is in it"
    )


def _name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
