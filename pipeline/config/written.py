"""Pages that are written from code: made anew, or compared with what lies there."""

import argparse
import difflib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


def write_or_check(program: str, pages: Mapping[str, str]) -> None:
    """Command line of such a module: write the pages, or with `--check` exit with a diff where one is stale.

    Args:
        program: the module, for messages.
        pages: text of each file, by its path in the project.
    """
    command = f"python -m {program}"
    parser = argparse.ArgumentParser(prog=command, description="Write " + " and ".join(pages) + ".")
    parser.add_argument("--check", action="store_true", help="write nothing; fail with a diff where a file is stale")
    parser.add_argument("--root", type=Path, default=ROOT, help="folder of the project")
    arguments = parser.parse_args()
    files = {arguments.root / name: text for name, text in pages.items()}
    if arguments.check:
        sys.exit("".join(line for file, text in files.items() for line in _stale(file, text, command)) or None)
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


def _stale(file: Path, text: str, command: str) -> Iterator[str]:
    found = file.read_text(encoding="utf-8") if file.exists() else ""
    yield from difflib.unified_diff(found.splitlines(keepends=True), text.splitlines(keepends=True), str(file), command)
