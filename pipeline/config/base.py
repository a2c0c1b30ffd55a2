"""What all configuration models share."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic.fields import FieldInfo

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
"""A user's name for a data set or a variant."""

TRUTH = "truth"
DEFAULT_METHOD = "x-default-method"
"""Key in the JSON schema of a union whose `method` need not be named."""


@dataclass(frozen=True)
class VariantOf:
    """Marks a field as the name of another variant: an edge of the graph.

    Args:
        stages: the stages the variant may belong to.
        truth: whether the word `truth` may stand for the pixel labels of the data set.
    """

    stages: tuple[str, ...]
    truth: bool = False


def one_of(default: str) -> tuple[FieldInfo, BeforeValidator]:
    """Marks a union of methods told apart by `method`, with the one that is meant where none is named.

    Use as `Annotated[A | B, *one_of("a")]`.
    """

    def named(value: Any) -> Any:
        return {"method": default, **value} if isinstance(value, Mapping) else value

    return Field(discriminator="method", json_schema_extra={DEFAULT_METHOD: default}), BeforeValidator(named)


class Settings(BaseModel):
    """Frozen, with no unknown keys; the string under each field is its description."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        validate_default=True,
        protected_namespaces=(),
    )

    def references(self) -> dict[str, VariantOf]:
        """Variants this one is made from, as `{"seeds/cam": VariantOf(...)}`."""
        found = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value is None:
                continue
            if isinstance(value, Settings):
                found |= value.references()
            for mark in field.metadata:
                if isinstance(mark, VariantOf) and not (mark.truth and value == TRUTH):
                    found[value] = mark
        return found
