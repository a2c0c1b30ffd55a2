"""JSON schema of the configuration, for the completion of editors and the reference page."""

from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.config.base import TRUTH, Settings, VariantOf
from pipeline.config.graph import Config
from pipeline.config.rooms import DEFAULT_METHOD

Node = Mapping[str, Any]
"""A part of a JSON schema."""


def editor_schema() -> dict[str, Any]:
    """JSON schema of the configuration, as strict as the models where JSON schema can say it."""
    schema = Config.model_json_schema()
    parts = {Config.__name__: schema, **schema["$defs"]}
    for model in _models(Settings):
        part = parts.get(model.__name__, {})
        for name, field in model.model_fields.items():
            for mark in (m for m in field.metadata if isinstance(m, VariantOf) and part):
                part["properties"][field.alias or name]["pattern"] = _variant_pattern(mark)
    for union in _unions(schema):
        if union.pop(DEFAULT_METHOD, None):
            continue
        union = union["discriminator"]
        for reference in union["mapping"].values():
            needed = schema["$defs"][reference.rsplit("/", 1)[1]].setdefault("required", [])
            needed += [key for key in [union["propertyName"]] if key not in needed]
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


def _variant_pattern(mark: VariantOf) -> str:
    return f"^({'|'.join([*(f'{stage}/[a-z0-9_]+' for stage in mark.stages), *[TRUTH] * mark.truth])})$"


def _unions(node: Any) -> Iterator[Node]:
    """Every discriminator in a schema."""
    children = list(node.values()) if isinstance(node, Mapping) else node if isinstance(node, list) else ()
    if isinstance(node, Mapping) and "mapping" in node.get("discriminator", {}):
        yield node
    for child in children:
        yield from _unions(child)
