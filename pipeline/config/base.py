"""What all configuration models share."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
"""A user's name for a data set or a variant."""

TRUTH = "truth"


@dataclass(frozen=True)
class VariantOf:
    """Marks a field as the name of another variant: an edge of the graph.

    Args:
        stages: the stages the variant may belong to.
        truth: whether the word `truth` may stand for the pixel labels of the data set.
    """

    stages: tuple[str, ...]
    truth: bool = False


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
