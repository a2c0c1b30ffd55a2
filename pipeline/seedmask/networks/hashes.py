"""Check of the hash of a file of weights."""

import hashlib
from pathlib import Path

from seedmask.errors import SeedmaskError


def checked_sha256(path: Path, expected: str | None, key: str) -> str:
    """SHA-256 of a file.

    Args:
        path: the file.
        expected: expected hash; None accepts any.
        key: option that names the hash, for the message.

    Raises:
        SeedmaskError: the file cannot be read, or its hash differs.
    """
    try:
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SeedmaskError(
            f"{path}: cannot be read ({error.strerror}); correct the path or its permissions"
        ) from error
    if expected is not None and actual != expected:
        raise SeedmaskError(f"{path}: SHA-256 is {actual}, expected {expected}; get the file again or correct `{key}`")
    return actual
