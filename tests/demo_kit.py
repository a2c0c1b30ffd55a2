"""Files of a set that the demo makes."""

from pathlib import Path


def files(root: Path) -> dict[Path, bytes]:
    """Content of each file below a folder."""
    return {path.relative_to(root): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}
