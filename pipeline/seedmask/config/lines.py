"""Lines of the keys of a configuration, so that errors can name file and line."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml

from seedmask.config.reading import read_tree

MERGE = "tag:yaml.org,2002:merge"
"""Tag of the key `<<`, which may be repeated."""

EVERY = "*"
"""What stands in the place of a variant's name for every variant of a stage, see `seedmask.config.every`."""


class SourceLines:
    """Line numbers of the keys of some YAML files.

    Args:
        files: later files have precedence, as when Snakemake merges them.

    Raises:
        InputError: a file cannot be read, or is not YAML.
    """

    def __init__(self, files: Sequence[Path]):
        self._trees = [(file, read_tree(Path(file))) for file in reversed(files)]

    def where(self, path: Sequence[str | int]) -> str:
        """`config.yaml line 12` of a key, or of its nearest parent that is in a file.

        A key of a variant may be one of `*`, which takes the place of the variant's own. A key without any line came
        from the command line's `--config`; the empty path is the last file as a whole.
        """
        for length in range(len(path), 0, -1):
            own = path[:length]
            for key in [[path[0], EVERY, *own[2:]], own] if length > 2 else [own]:
                for file, tree in self._trees:
                    line = _line(tree, key)
                    if line is not None:
                        return f"{file} line {line}"
        return str(self._trees[0][0]) if self._trees and not path else "--config"

    def repeated(self) -> Iterator[tuple[str, str, int]]:
        """Keys that one mapping has twice, of which YAML would keep the last: where, the key, the first line."""
        for file, tree in self._trees:
            for first, second in sorted(_repeated(tree), key=lambda pair: pair[1].start_mark.index):
                yield f"{file} line {second.start_mark.line + 1}", second.value, first.start_mark.line + 1

    def field_with_value(self, path: Sequence[str], value: str) -> tuple[str | int, ...]:
        """Path of the key below `path` that has a value, or of the entry in its list, else `path` itself."""
        for _, tree in self._trees:
            node = _descend(tree, path)
            for key, child in node.value if isinstance(node, yaml.MappingNode) else []:
                if child.value == value:
                    return (*path, key.value)
                entries = child.value if isinstance(child, yaml.SequenceNode) else []
                for number, entry in enumerate(entries):
                    if entry.value == value:
                        return (*path, key.value, number)
        return tuple(path)


def _descend(node: yaml.Node | None, path: Sequence[str | int]) -> yaml.Node | None:
    for step in path:
        pairs = node.value if isinstance(node, yaml.MappingNode) else []
        node = next((child for key, child in pairs if key.value == str(step)), None)
    return node


def _repeated(root: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """Pairs of equal keys; a node that has several aliases is looked at once."""
    waiting, seen = [root], set()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            waiting += node.value
            continue
        first: dict[str, yaml.Node] = {}
        for key, _ in node.value:
            if key.tag != MERGE and key.value in first:
                yield first[key.value], key
            first.setdefault(key.value, key)
        waiting += [child for _, child in node.value]


def _line(node: yaml.Node | None, path: Sequence[str | int]) -> int | None:
    parent = _descend(node, path[:-1])
    if isinstance(parent, yaml.SequenceNode) and isinstance(path[-1], int):
        return parent.value[path[-1]].start_mark.line + 1 if path[-1] < len(parent.value) else None
    pairs = parent.value if isinstance(parent, yaml.MappingNode) else []
    return next((key.start_mark.line + 1 for key, _ in pairs if key.value == str(path[-1])), None)
