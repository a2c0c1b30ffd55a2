"""What the pages for people say: their files, links and commands."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GENERATED = ("commands.md", "config.md")
"""Pages that are written from code, whose examples are no commands to type."""
PAGES = [
    ROOT / "README.md",
    ROOT / "results" / "README.md",
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.name not in GENERATED),
]


@dataclass(frozen=True)
class Command:
    """A command on a page."""

    page: str
    words: tuple[str, ...]
    typed: bool
    """Whether it stands in a block, to be typed as it is; else it is a mention in a sentence or a table."""

    def __str__(self) -> str:
        return f"{self.page}: {shlex.join(self.words)}"


def commands(*programs: str) -> Iterator[Command]:
    """Every command of some programs on the pages, in their order, each once a page and way to show it."""
    for page in PAGES:
        blocks, sentences = _parts(page.read_text(encoding="utf-8").replace("\\\n", " "))
        found = [(line, True) for line in blocks] + [(code, False) for code in re.findall(r"`([^`\n]+)`", sentences)]
        for line, typed in dict.fromkeys((line.split("#")[0].strip(), typed) for line, typed in found):
            words = shlex.split(line) if line.startswith(programs) else []
            if words and words[0] in programs:
                yield Command(page.relative_to(ROOT).as_posix(), tuple(words), typed)


def _parts(text: str) -> tuple[list[str], str]:
    """Lines of the blocks to type, and the text outside all blocks."""
    block: str | None = None
    typed, sentences = [], []
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            block = line.strip("` ") if block is None else None
        elif block in ("", "sh", "bash"):
            typed.append(line)
        elif block is None:
            sentences.append(line)
    return typed, "\n".join(sentences)


def links() -> Iterator[tuple[Path, str]]:
    """Every link from a page to another file, with the page."""
    for page in [*PAGES, *(ROOT / "docs" / name for name in GENERATED)]:
        text = re.sub(r"`[^`\n]*`", "", _parts(page.read_text(encoding="utf-8"))[1])
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if not target.startswith(("http:", "https:")):
                yield page, target
