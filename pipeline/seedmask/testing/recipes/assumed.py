"""Values of a recipe that no source gives: those whose comment says "assumed"."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from seedmask.config.reading import read_tree

COMMENT = re.compile(r"(?:^|\s)#\s*(.*\bassumed\b.*)$")


class Assumed(NamedTuple):
    """A key of a recipe and the comment that stands beside it, or above it."""

    key: str
    comment: str


def assumed(recipe: Path) -> list[Assumed]:
    """All assumed values of a recipe, in their order."""
    keys: dict[int, str] = {}
    for line, key in _keys(read_tree(recipe), ""):
        keys.setdefault(line, key)
    found, above = [], ""
    for number, line in enumerate(recipe.read_text(encoding="utf-8").splitlines()):
        comment = COMMENT.search(line)
        if number in keys and (comment or above):
            found.append(Assumed(keys[number], comment[1] if comment else above))
        above = comment[1] if comment and number not in keys else ""
    return found


def _keys(node: yaml.Node, path: str) -> Iterator[tuple[int, str]]:
    """Line, counted from 0, and path of every key below a node; an alias is its anchor, which was met before."""
    for key, child in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.tag == "tag:yaml.org,2002:merge":
            continue
        name = f"{path}.{key.value}" if path else str(key.value)
        yield key.start_mark.line, name
        yield from _keys(child, name)
