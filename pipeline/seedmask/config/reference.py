"""Write the reference of the configuration, `docs/config.md` and `config.schema.json`, from the models.

`python -m seedmask.config.reference` writes both; with `--check` it fails where they are stale.
"""

import argparse
import ast
import difflib
import inspect
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any

from seedmask.config.base import MOST, TRUTH, Settings, VariantOf
from seedmask.config.computing import ComputesNetwork
from seedmask.config.graph import Config
from seedmask.config.registry import DEFAULT_METHOD, SOME_KEYS
from seedmask.config.stages import STAGES

Node = Mapping[str, Any]
"""A part of a JSON schema."""


def editor_schema() -> dict[str, Any]:
    """JSON schema of the configuration, as strict as the models where JSON schema can say it."""
    schema = Config.model_json_schema()
    parts = {Config.__name__: schema, **schema["$defs"]}
    models = list(_models(Settings))
    for model in models:
        if model.__name__ in parts:
            _describe(model, parts[model.__name__]["properties"])
    for model in models:
        part = parts.get(model.__name__, {})
        for name, field in model.model_fields.items():
            for mark in (m for m in field.metadata if isinstance(m, VariantOf) and part):
                property_ = part["properties"][field.alias or name]
                property_.get("items", property_)["pattern"] = _variant_pattern(mark)
    for union in _unions(schema):
        if union.pop(SOME_KEYS, None):
            _allow_any_keys(union)
            continue
        default, union = union.pop(DEFAULT_METHOD, None), union["discriminator"]
        for name, reference in union["mapping"].items():
            needed = schema["$defs"][reference.rsplit("/", 1)[1]].setdefault("required", [])
            needed += [key for key in [union["propertyName"]] if key not in needed and name != default]
    for part in parts.values():
        for property_ in part["properties"].values():
            property_.pop("title", None)
            if "patternProperties" in property_:
                property_["additionalProperties"] = False
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Seedmask configuration"}
    return head | {key: value for key, value in schema.items() if key != "title"}


def _models(model: type[Settings]) -> Iterator[type[Settings]]:
    for child in model.__subclasses__():
        yield child
        yield from _models(child)


def _describe(model: type[Settings], properties: dict[str, Any]) -> None:
    """Add the descriptions of a model's fields to its schema."""
    descriptions = _descriptions(model)
    for name in model.model_fields.keys() & descriptions:
        key = model.model_fields[name].alias or name
        properties[key] = dict(sorted({**properties[key], "description": descriptions[name]}.items()))


def _descriptions(model: type[Settings]) -> dict[str, str]:
    """The string under each field of a model, by the name of the field.

    They are for readers alone, so the models do not carry them: pydantic would read the source of every model whenever
    a job starts.
    """
    descriptions: dict[str, str] = {}
    for part in reversed(model.__mro__):
        body = _bodies(part.__module__).get(part.__name__, ()) if issubclass(part, Settings) else ()
        for node, below in zip_longest(body, body[1:]):
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                descriptions.pop(node.target.id, None)
                if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                    descriptions[node.target.id] = inspect.cleandoc(str(below.value.value))
    return descriptions


@cache
def _bodies(module: str) -> Mapping[str, Sequence[ast.stmt]]:
    """Statements of each class of a module."""
    statements = ast.parse(inspect.getsource(sys.modules[module])).body
    return {node.name: node.body for node in statements if isinstance(node, ast.ClassDef)}


def _variant_pattern(mark: VariantOf) -> str:
    return f"^({'|'.join([*(f'{stage}/[a-z0-9_]+' for stage in mark.stages), *[TRUTH] * mark.truth])})$"


def _unions(node: Any) -> Iterator[dict[str, Any]]:
    """Every discriminator in a schema."""
    children = list(node.values()) if isinstance(node, Mapping) else node if isinstance(node, list) else ()
    if isinstance(node, dict) and "mapping" in node.get("discriminator", {}):
        yield node
    for child in children:
        yield from _unions(child)


def _allow_any_keys(union: dict[str, Any]) -> None:
    """Let a union take any keys beside the one that names the method: the methods' own schemas require too many."""
    discriminator = union.pop("discriminator")
    key, names = discriminator["propertyName"], sorted(discriminator["mapping"])
    del union["oneOf"]
    union |= {"type": "object", "properties": {key: {"enum": names}}, "required": [key]}


ROOT = Path(__file__).parents[3]


def write_or_check(program: str, pages: Mapping[str, str]) -> None:
    """Command line of a module that writes pages: write them, or with `--check` exit with a diff where one is stale.

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
    current = file.read_text(encoding="utf-8") if file.exists() else ""
    yield from difflib.unified_diff(
        current.splitlines(keepends=True), text.splitlines(keepends=True), str(file), command
    )


_NAMES = [f"`{stage}`" for stage in STAGES]
INTRODUCTION = f"""\
# Configuration

<!-- Written by `python -m seedmask.config.reference`; do not edit. -->

A configuration is a graph of named variants. {", ".join(_NAMES[:-1])} and {_NAMES[-1]} each
hold any number of them, under names of your choice (`[a-z0-9_]+`); `from` names the variant that one is made from, as
`stage/name`. Changing a variant makes that variant and what depends on it again, nothing else.

`*` in the place of a name stands for every variant of the stage, as in `segmenters: {{"*": {{steps: 100}}}}`, for a
file that goes on top of another one. A variant takes the keys that its method has, in the place of its own; of a group
of keys, such as `augmentation`, it takes part if it has the group itself.

The descriptions name the units. With the first line of `config.yaml`, editors that know the YAML language server
complete and check all keys.
"""


def pages() -> dict[str, str]:
    """Text of each file, by its path in the project."""
    schema = editor_schema()
    page = "\n".join([INTRODUCTION, *_page(schema)])
    return {"docs/config.md": page, "config.schema.json": json.dumps(schema, indent=1, ensure_ascii=False) + "\n"}


def _page(schema: Node) -> Iterator[str]:
    shown, groups = set(), []
    for stage, node in schema["properties"].items():
        yield f"## {stage}\n\n{node.get('description', '')}\n"
        value = next(iter(node.get("patternProperties", {}).values()), node)
        for reference in _references(value):
            yield from _section(reference, schema)
            shown.add(reference)
            groups += _groups(reference, schema)
    yield "## Groups of keys\n\nValues that have keys of their own.\n"
    for reference in dict.fromkeys(groups):
        if reference not in shown:
            yield f"### {_name(reference)}\n"
            yield from _table(reference, schema)


def _section(reference: str, schema: Node) -> Iterator[str]:
    properties = _target({"$ref": reference}, schema)["properties"]
    choice = next((key for key in ("method", "format") if "const" in properties.get(key, {})), None)
    if choice:
        yield f"### {choice}: {properties[choice]['const']}\n"
    yield from _table(reference, schema)


def _table(reference: str, schema: Node) -> Iterator[str]:
    node = _target({"$ref": reference}, schema)
    yield node["description"] + "\n"
    if node["properties"]:
        yield "| key | value | default | description |\n|---|---|---|---|"
    for key, value in sorted(node["properties"].items(), key=lambda item: _place(*item)):
        default = "required" if key in node.get("required", []) else _default(value, schema)
        yield f"| `{key}` | {_kind(value)} | {default} | {value['description'].replace(chr(10), ' ')} |"
    yield ""


def _place(key: str, value: Node) -> int:
    """What a group is and what it is made from come first, how it is computed last."""
    return 0 if key == "from" or "const" in value else 1 + (key in ComputesNetwork.model_fields)


def _groups(reference: str, schema: Node) -> Iterator[str]:
    """Groups of keys below a group, in the order of the keys."""
    for value in _target({"$ref": reference}, schema)["properties"].values():
        named = value.get("patternProperties", {}).values()
        for inner in (reference for node in (value, *named) for reference in _references(node)):
            yield inner
            yield from _groups(inner, schema)


def _references(node: Node) -> list[str]:
    own = [node["$ref"]] if "$ref" in node else []
    return own + [r for option in (*node.get("oneOf", ()), *node.get("anyOf", ())) for r in _references(option)]


def _kind(node: Node) -> str:
    """Values that a key may have."""
    for union in ("anyOf", "oneOf"):
        if union in node:
            return " or ".join(_kind(option) for option in node[union] if option.get("type") != "null")
    if references := _references(node):
        return " or ".join(f"[{_name(r)}](#{_name(r).lower()})" for r in references)
    if "const" in node:
        return f"`{node['const']}`"
    if "enum" in node:
        return ", ".join(f"`{option}`" for option in node["enum"])
    if "prefixItems" in node:
        return f"list of {len(node['prefixItems'])}: {_kind(node['prefixItems'][0])}"
    if node["type"] == "array":
        return f"list of {_kind(node['items'])}"
    if node["type"] == "object":
        named = next(iter(node.get("patternProperties", {}).values()), None)
        return f"name: {_kind(named)}" if named else "keys and values"
    if "/" in node.get("pattern", ""):
        return " or ".join(f"`{choice.replace('[a-z0-9_]+', 'NAME')}`" for choice in node["pattern"][2:-2].split("|"))
    names = {"string": "text", "boolean": "`true`, `false`"}
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    limits = ", ".join(f"{sign} {_limit(node[key])}" for key, sign in signs.items() if node.get(key, MOST) != MOST)
    return " ".join(part for part in (names.get(node["type"], node["type"]), limits) if part)


def _limit(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _default(node: Node, schema: Node) -> str:
    """The default as it would be written; of a group only what differs from the group's own defaults."""
    value = node.get("default")
    if isinstance(value, Mapping) and (references := _references(node)):
        group = next(r for r in references if _fits(value, _target({"$ref": r}, schema)))
        properties = _target({"$ref": group}, schema)["properties"]
        value = {k: v for k, v in value.items() if "const" in properties[k] or v != properties[k].get("default")}
    return "–" if value is None else f"`{_yaml(value)}`"


def _fits(value: Mapping[str, Any], node: Node) -> bool:
    return all(value.get(key) == part["const"] for key, part in node["properties"].items() if "const" in part)


def _yaml(value: Any) -> str:
    """A value in YAML's flow style."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_yaml(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_yaml, value)) + "]"
    return value if isinstance(value, str) else json.dumps(value)


def _target(node: Node, schema: Node) -> dict[str, Any]:
    return schema["$defs"][_name(node["$ref"])]


def _name(reference: str) -> str:
    return reference.rsplit("/", 1)[1]


if __name__ == "__main__":
    write_or_check("seedmask.config.reference", pages())
