"""Pydantic's errors for users: the key as the file has it, its line, and the nearest existing name."""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from seedmask.config.lines import SourceLines
from seedmask.errors import Problem

Path = tuple[str | int, ...]
Node = Mapping[str, Any]
"""A part of a JSON schema."""


def explain(error: ValidationError, values: Mapping[str, Any], schema: Node, lines: SourceLines) -> list[Problem]:
    """One problem for each key that is wrong.

    Args:
        error: pydantic's.
        values: the mapping it was given.
        schema: JSON schema of the model.
        lines: line of each key.
    """
    problems: dict[Path, Problem] = {}
    messages: dict[Path, list[str]] = {}
    for detail in error.errors():
        path, node, parent = _locate(detail, values, schema)
        key, where = ".".join(map(str, path)), lines.where(path)
        if detail["type"] == "extra_forbidden":
            remedy = f"remove it, or write {nearest(str(path[-1]), sorted(parent.get('properties', {})))}"
            problems[path] = Problem(where, f"{key}: unknown key", remedy)
        elif detail["type"] == "missing":
            problems[path] = _missing(path, lines)
        elif detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
            problems[path] = _wrong_tag(path, node, detail, lines)
        else:
            messages.setdefault(path, []).append(_yaml_terms(detail["msg"]))
            shown = "" if isinstance(detail["input"], Mapping) else f" (found {detail['input']!r})"
            found = f"{key}: {', or '.join(messages[path])}{shown}"
            problems[path] = Problem(where, found, "see docs/config.md")
    return list(problems.values())


def nearest(word: str, known: Sequence[str]) -> str:
    """The most similar name in quotes, or all of them."""
    match = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f'"{match[0]}"' if match else "one of " + ", ".join(known)


def _locate(detail: Mapping[str, Any], values: Any, schema: Node) -> tuple[Path, Node, Node]:
    """Path in the file, without tags and members of unions; the schema there and that of its parent."""
    location, path = detail["loc"], []
    node = parent = schema
    for position, step in enumerate(location):
        options = node.get("discriminator", {}).get("mapping", {})
        if step in options:
            node = _follow({"$ref": options[step]}, schema)
            continue
        if _holds(values, step):
            values = values[step]
        elif detail["type"] != "missing" or position < len(location) - 1:
            continue
        path.append(step)
        node, parent = _follow(_child(node, step), schema), node
    return tuple(path), node, parent


def _holds(values: Any, step: str | int) -> bool:
    if isinstance(values, Mapping):
        return step in values
    return isinstance(values, Sequence) and not isinstance(values, str) and step in range(len(values))


def _child(node: Node, step: str | int) -> Node:
    if step in node.get("properties", {}):
        return node["properties"][step]
    return next(iter(node.get("patternProperties", {}).values()), {})


def _follow(node: Node, schema: Node) -> Node:
    """The node behind references, and behind `... | None` and `[...] | ...`."""
    members = [] if "discriminator" in node else [*node.get("anyOf", []), *node.get("oneOf", [])]
    options = [option for option in members if option.get("type") not in ("null", "array")]
    if len(options) == 1:
        return _follow(options[0], schema)
    return _follow(schema["$defs"][node["$ref"].rsplit("/", 1)[1]], schema) if "$ref" in node else node


def _missing(path: Path, lines: SourceLines) -> Problem:
    where, (*parents, last) = lines.where(path[:-1]), path
    if isinstance(last, int):
        return Problem(where, f"{'.'.join(map(str, parents))}: value {last + 1} of the list is missing", "add it")
    return Problem(where, f"{'.'.join(map(str, path))}: missing", f"add `{last}:`")


def _wrong_tag(path: Path, node: Node, detail: Mapping[str, Any], lines: SourceLines) -> Problem:
    """`method`, `mode` or `format` is missing, or names nothing."""
    discriminator = next(option for option in (node, *node.get("anyOf", ())) if "discriminator" in option)[
        "discriminator"
    ]
    tag, options = discriminator["propertyName"], sorted(discriminator["mapping"])
    key = ".".join(map(str, (*path, tag)))
    if detail["type"] == "union_tag_not_found":
        return Problem(lines.where(path), f"{key}: missing", f"add `{tag}:` with one of {', '.join(options)}")
    found = detail["ctx"]["tag"]
    there = f"{key}: there is no {tag} {found!r}, but {', '.join(options)}"
    return Problem(lines.where((*path, tag)), there, f"write {nearest(found, options)}")


def _yaml_terms(message: str) -> str:
    message = re.sub(r" or (object to extract fields from|instance of \w+)$", "", message.removeprefix("Value error, "))
    message = message[:1].lower() + message[1:]
    return message.replace("tuple", "list").replace("dictionary", "mapping")
