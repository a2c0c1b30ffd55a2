"""Options of classifiers that another program trained."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_serializer, model_validator

from seedmask.config.base import VariantOf
from seedmask.config.elsewhere import NetworkFileOptions
from seedmask.config.networks import ClassifierOptions, EncoderOptions, FromMasks
from seedmask.config.registry import KINDS, SOME_KEYS, MethodOf, methods, rebuilt
from seedmask.config.variant import Component, Variant

OF_TRAINING = frozenset(
    {*ClassifierOptions.model_fields, *FromMasks.model_fields, "from"} - {*EncoderOptions.model_fields}
) | {"weights", "weights_sha256"}
"""Keys of classifiers that only a training looks at."""
NOT_READ = "not_read"
"""Stands for a variant that a training would read."""
UNTRAINED = ("file", "named")
"""Classifiers that no training makes."""


def _without_training(value: Any) -> Any:
    """Keys of a classifier as its options take them, without what only a training looks at.

    Raises:
        ValueError: there is a key that only a training looks at.
    """
    if not isinstance(value, Mapping):
        return value
    for key in value:
        if key in OF_TRAINING:
            raise ValueError(f"{key} is not looked at, because nothing is trained; leave it out")
    options = methods("classifiers").get(value.get(KINDS["classifiers"].key, ""))
    return {**dict.fromkeys(_edges(options), NOT_READ), "weights": "none", **value} if options else value


def _edges(options: type[Component]) -> Iterator[str]:
    """Keys that have to name a variant."""
    for name, field in options.model_fields.items():
        if field.is_required() and any(isinstance(mark, VariantOf) for mark in field.metadata):
            yield field.alias or name


_Network = Annotated[Variant, MethodOf("classifiers", without=UNTRAINED)]


@rebuilt
class ClassifierFileOptions(NetworkFileOptions, defer_build=True):  # it holds options of the other classifiers
    """A classifier that another program trained, from a file: of a paper, or of a run elsewhere.

    Its classes are those of the data set, in their order; of SEAM's network background comes before them.
    """

    learns_tags: ClassVar[bool] = False

    method: Literal["file"] = "file"
    """Kind of classifier."""
    stored: Annotated[_Network, BeforeValidator(_without_training)] = Field(
        alias="network", json_schema_extra={SOME_KEYS: True}
    )
    """The network that the file was saved from: another method of classifiers with its keys, without those of a
    training, such as `lr`, `augmentation`, `weights` and variants that it reads."""

    @model_validator(mode="after")
    def _reads_no_variants(self):
        for name, value, _ in self.stored.marked():
            if value != NOT_READ:
                raise ValueError(f"network: {name} {value} is not read, because nothing is trained; leave it out")
        return self

    @field_serializer("stored")
    def _of_network(self, stored: Variant) -> dict[str, Any]:
        left_out = {*OF_TRAINING, *_edges(type(stored))}
        keys = {field.alias or name: name for name, field in type(stored).model_fields.items()}
        kept = {name for key, name in keys.items() if key not in left_out and name not in left_out}
        return stored.model_dump(mode="json", by_alias=True, include=kept)

    @property
    def gives(self) -> tuple[str, ...]:
        """What its network gives."""
        return self.stored.gives

    def marked(self) -> Iterator[tuple[str, str, VariantOf]]:
        """None: it reads no variants."""
        return iter(())

    def parts(self) -> dict[str, Component]:
        """Its method, and the one that its network is of."""
        return {"method": self, "network": self.stored}

    def modules(self) -> tuple[str, ...]:
        """The module of the network."""
        return (self.network(),)

    def network(self) -> str:
        """The module of the network that the file was saved from."""
        return self.stored.network() or ""

    def network_options(self) -> Variant:
        """The keys below `network`."""
        return self.stored

    def network_arguments(self, classes: int, background: bool = True) -> tuple[Any, ...]:
        """Those of the network that the file was saved from."""
        return self.stored.network_arguments(classes, background)
