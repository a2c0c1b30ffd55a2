"""The YAML files of a configuration, plain data only; errors name the line."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from seedmask.errors import InputError, Problem

DEFAULT = Path("config.yaml")
"""Read where no configuration is named."""
SUFFIXES = (".yaml", ".yml", ".json")
"""Endings of configurations."""
MOST_VALUES = 100_000
"""Values of a file, each alias counted as often as it is used: nine short lines of aliases can mean 10^9."""
TEMPLATE = "__use_yte__"
"""Key by which Snakemake takes a file for a template and runs the Python in it."""


def read_values(path: Path) -> dict[str, Any]:
    """Values of a file; nothing in it is run.

    Raises:
        InputError: it cannot be read, is not UTF-8, is not YAML, holds no keys, or more than plain data.
    """
    text = _text(path)
    with _refusing(path, text):
        _compose(path, text)
        return yaml.safe_load(text)


def merged_values(files: Sequence[Path], settings: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What some configurations say together, merged as Snakemake merges them.

    Args:
        files: later ones override earlier ones.
        settings: entries that override all files.

    Raises:
        SeedmaskError: a file cannot be read, or is not YAML.
    """
    from snakemake.utils import update_config

    values: dict[str, Any] = {}
    for part in [*map(read_values, files), settings or {}]:
        update_config(values, part)
    return values


def read_tree(path: Path) -> yaml.Node:
    """Nodes of a file, with their lines.

    Raises:
        InputError: as of `read_values`, but for values that are not plain.
    """
    text = _text(path)
    with _refusing(path, text):
        return _compose(path, text)


@contextmanager
def _refusing(path: Path, text: str) -> Iterator[None]:
    try:
        yield
    except yaml.MarkedYAMLError as error:
        raise _refusal(_at(path, error.problem_mark or error.context_mark), *_found_and_remedy(error)) from None
    except yaml.reader.ReaderError as error:
        line, found = text[: error.position].count("\n") + 1, f"holds the character {chr(error.character)!r}"
        raise _refusal(f"{path} line {line}", f"{found}, which YAML does not allow", "delete it") from None
    except RecursionError:
        raise _refusal(str(path), "is nested too deeply to be a configuration", "write it flat") from None
    except (ValueError, OverflowError) as error:  # a date like 2024-13-45
        raise _refusal(str(path), f"holds a value that cannot be ({error})", "put it in quotes") from None


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise _refusal(str(path), f"cannot be read ({error.strerror})", "name an existing file") from None
    except UnicodeDecodeError as error:
        line, found = data[: error.start].count(b"\n") + 1, f"byte {data[error.start]:#04x} is not UTF-8"
        raise _refusal(f"{path} line {line}", found, "save the file as UTF-8, as every editor can") from None


def _compose(path: Path, text: str) -> yaml.Node:
    """The nodes; refused where they are no mapping, a template, or a bomb."""
    tree = yaml.compose(text, Loader=yaml.SafeLoader)
    if tree is None or (not tree.value and isinstance(tree, yaml.ScalarNode)):
        raise _refusal(str(path), "is empty, expected keys", "start it with `dataset:`")
    if not isinstance(tree, yaml.MappingNode):
        found = "a list" if isinstance(tree, yaml.SequenceNode) else "a text"
        raise _refusal(_at(path, tree.start_mark), f"holds {found}, expected keys", "start it with `dataset:`")
    for key, _ in tree.value:
        if key.value == TEMPLATE:
            found = f"{TEMPLATE}: lets Snakemake run Python code of the file"
            raise _refusal(_at(path, key.start_mark), found, "take it out and write plain values")
    if _size(tree, {}) > MOST_VALUES:
        found = f"holds more than {MOST_VALUES} values when its aliases are written out"
        raise _refusal(str(path), found, "write out what the aliases (`*name`) repeat, or leave it out")
    return tree


def _size(node: yaml.Node, known: dict[int, float]) -> float:
    """Values below a node, aliases counted each time; infinity where a node holds itself."""
    if id(node) not in known:
        known[id(node)] = float("inf")
        children = node.value if isinstance(node, yaml.SequenceNode) else []
        if isinstance(node, yaml.MappingNode):
            children = [part for pair in node.value for part in pair]
        known[id(node)] = 1.0 + sum(_size(child, known) for child in children)
    return known[id(node)]


def _at(path: Path, mark: yaml.Mark | None) -> str:
    return f"{path} line {mark.line + 1}" if mark else str(path)


def _found_and_remedy(error: yaml.MarkedYAMLError) -> tuple[str, str]:
    """What was found, and what to do."""
    if isinstance(error, yaml.constructor.ConstructorError):
        return f"is more than plain YAML ({error.problem})", "write plain values, without tags (`!name`)"
    context = f" {error.context}" if error.context else ""
    remedy = "indent with spaces, close quotes and brackets, and quote texts that hold `: ` or ` #`"
    return f"is not YAML ({error.problem}{context})", remedy


def _refusal(where: str, found: str, remedy: str) -> InputError:
    return InputError("configuration", [Problem(where, found, remedy)])
