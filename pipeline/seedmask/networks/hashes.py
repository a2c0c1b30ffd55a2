"""Files of weights that are the expected ones."""

import hashlib
from pathlib import Path

from seedmask.errors import SeedmaskError


def checked_sha256(path: Path, expected: str | None, key: str) -> str:
    """SHA-256 of a file.

    Args:
        path: the file.
        expected: what it must be; anything will do when not given.
        key: option that names the hash, for the message.

    Raises:
        SeedmaskError: it is another one.
    """
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if expected is not None and found != expected:
        raise SeedmaskError(f"{path}: SHA-256 is {found}, expected {expected}; get the file again or correct `{key}`")
    return found
