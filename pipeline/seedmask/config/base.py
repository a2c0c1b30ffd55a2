"""What all configuration models share."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

MOST = 1_000_000_000


def _no_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("input should be a valid integer")
    return value


_COUNTED = BeforeValidator(_no_truth_value)
NonNegativeInt = Annotated[int, Field(ge=0, le=MOST), _COUNTED]
"""A number of something, or none."""
PositiveInt = Annotated[int, Field(gt=0, le=MOST), _COUNTED]
"""A number of something, at least one."""
Pixels = Annotated[int, Field(gt=0, le=65_535), _COUNTED]
"""A length in pixels; no JPEG is longer."""
Epochs = Annotated[int, Field(gt=0, le=1_000_000), _COUNTED]
"""Passes over pictures."""
Steps = Annotated[int, Field(gt=0, le=100_000_000), _COUNTED]
"""Steps of a training."""
Rounds = Annotated[int, Field(gt=0, le=10_000), _COUNTED]
"""Rounds of a calculation within one picture."""
Replicates = Annotated[int, Field(gt=0, le=1_000), _COUNTED]
"""Trainings of one variant."""
Threads = Annotated[int, Field(gt=0, le=1_024), _COUNTED]
"""CPU threads of one job."""
Engine = Literal["auto", "torch", "onnx"]
"""What computes a trained network."""
Precision = Literal["float32", "bfloat16"]
"""Number format that a trained network is computed in."""
Scale = Annotated[float, Field(gt=0, le=32)]
"""A factor that a picture is resized by."""


Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$", max_length=100)]
"""A user's name for a data set or a variant."""

TRUTH = "truth"


def _each_once(names: tuple[str, ...]) -> tuple[str, ...]:
    if repeated := [name for number, name in enumerate(names) if name in names[:number]]:
        raise ValueError(f"{repeated[0]} stands there twice; name each once")
    return names


Several = Annotated[tuple[str, ...], Field(min_length=2), AfterValidator(_each_once)]
"""Two variants or more, for a field that has the mark `VariantOf`."""


@dataclass(frozen=True)
class VariantOf:
    """Marks a field as the name of another variant: an edge of the graph.

    Any field can have the mark, also one of a group of keys inside the options, and one of type `Several`, which names
    more than one. The plan then waits for the variant, and a job finds it among its `Inputs` under the name in the
    field.

    Args:
        stages: the stages the variant may belong to.
        truth: whether the word `truth` may name the pixel labels of the data set.
        gives: what the variant must give, one of its options' `gives`; anything will do when empty.
    """

    stages: tuple[str, ...]
    truth: bool = False
    gives: str = ""


Same = TypeVar("Same", bound="Settings")
"""Class of the settings that a method is called on."""


class Settings(BaseModel):
    """Frozen, with no unknown keys and finite numbers; the string under each field is its description.

    A model is built when it is first used: a job imports many and uses few.
    """

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        frozen=True,
        defer_build=True,
        validate_default=True,
        protected_namespaces=(),
    )

    def references(self) -> dict[str, VariantOf]:
        """Variants this one is made from, as `{"seeds/cam": VariantOf(...)}`, in the order of the fields."""
        return {value: mark for _, value, mark in self.marked() if not (mark.truth and value == TRUTH)}

    def reads_truth(self) -> bool:
        """Whether a field that may name a variant says `truth`."""
        return any(mark.truth and value == TRUTH for _, value, mark in self.marked())

    def extras(self) -> frozenset[str]:
        """Optional extras of the distribution that it needs, like `crf`; those of its groups of keys too."""
        return frozenset().union(*(group.extras() for _, group in self.groups()))

    def renamed(self: Same, names: Mapping[str, str]) -> Same:
        """The same, made from other variants.

        Args:
            names: new name of each variant that has one, both as `stage/name`.
        """
        changed: dict[str, Any] = {name: group.renamed(names) for name, group in self.groups()}
        for name, value in self:
            if any(isinstance(mark, VariantOf) for mark in type(self).model_fields[name].metadata):
                several = isinstance(value, tuple)
                changed[name] = tuple(names.get(one, one) for one in value) if several else names.get(value, value)
        return self.model_copy(update=changed)

    def without_background(self: Same) -> Same:
        """The same for a data set without a background class.

        Raises:
            ValueError: a value has a meaning only with one; what to do stands behind the last `; `.
        """
        groups = ((name, group, group.without_background()) for name, group in self.groups())
        changed = {name: now for name, before, now in groups if now is not before}
        return self.model_copy(update=changed) if changed else self

    def unless_given(self: Same, **values: Any) -> Same:
        """The same with other values of fields that were not given.

        Raises:
            ValueError: a field was given another value; see `without_background`.
        """
        for name, value in values.items():
            if name in self.model_fields_set and dict(self)[name] != value:
                raise ValueError(
                    f"`{name}` is about the background, which a data set with `background: false` lacks; leave it out"
                )
        return self.model_copy(update=values)

    def groups(self) -> Iterator[tuple[str, "Settings"]]:
        """Fields that hold a group of keys."""
        for name, value in self:
            if isinstance(value, Settings):
                yield name, value

    def marked(self) -> Iterator[tuple[str, str, VariantOf]]:
        """Names of variants or truth in fields, those of inner groups too: field, name, mark."""
        for name, value in self:
            if isinstance(value, Settings):
                yield from value.marked()
            elif value is not None:
                marks = [mark for mark in type(self).model_fields[name].metadata if isinstance(mark, VariantOf)]
                targets = value if isinstance(value, tuple) else (value,)
                yield from ((name, target, mark) for mark in marks for target in targets)
