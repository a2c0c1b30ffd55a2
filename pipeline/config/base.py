"""What all configuration models share."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
"""A user's name for a data set or a variant."""


@dataclass(frozen=True)
class VariantOf:
    """Marks a field as the name of another variant: an edge of the graph.

    Args:
        stages: the stages the variant may belong to.
    """

    stages: tuple[str, ...]


class Settings(BaseModel):
    """Frozen, with no unknown keys; the string under each field is its description."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        use_attribute_docstrings=True,
        validate_default=True,
        populate_by_name=True,
        protected_namespaces=(),
    )

    def references(self) -> dict[str, VariantOf]:
        """Variants this one is made from, as `{"seeds/cam": VariantOf(...)}`."""
        found = {}
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if value is None:
                continue
            for mark in field.metadata:
                if isinstance(mark, VariantOf):
                    found[value] = mark
        return found


class Compute(Settings):
    """How a network is run; part of the experiment because sums depend on the number of threads."""

    threads: Annotated[int, "threads"] = 1
    """Threads of one job on the CPU; another number may change the last bit of a sum."""
    seed: int = 0
    """Seed of every random draw."""
