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
        SeedmaskError: the hash differs.
    """
    actual = hashlib.sha256(path.read_bytes()).hexdigest()
    if expected is not None and actual != expected:
        raise SeedmaskError(f"{path}: SHA-256 is {actual}, expected {expected}; get the file again or correct `{key}`")
    return actual
