"""`docs/published.yaml`: what is known of the published systems beside the settings of their recipes."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, model_validator

from seedmask.config.base import PositiveInt, Settings
from seedmask.config.reading import read_values


class PictureSet(Settings):
    """A data set as papers train on it."""

    pictures: PositiveInt
    """Training pictures."""
    classes: PositiveInt
    """Classes without background."""
    background: bool = True
    """Whether there is a background besides."""


class Number(Settings):
    """A published number."""

    what: str
    """What was measured."""
    network: str = ""
    """The network, where there are several."""
    value: float
    """The number, in percent."""
    source: str
    """Where it stands: a name of `sources`."""
    variant: str = ""
    """The recipe's variant that should give it."""
    remark: str = ""
    """How it differs from what ours is."""


class System(Settings):
    """A system on a data set."""

    system: str
    """Its name."""
    data: str
    """Its data set, a name of `sets`."""
    labels: str = ""
    """Its kind of labels, where the recipe has one kind of several."""
    numbers: tuple[Number, ...] = ()
    """What is published."""
    unknown: str = ""
    """What could not be found."""


class Departure(Settings):
    """Where a recipe does something else than the authors."""

    recipes: tuple[str, ...]
    """Recipes, or systems with all of theirs."""
    part: str
    """What it is about."""
    published: str
    """The authors' way."""
    ours: str
    """Ours."""
    why: str
    """The reason."""
    size: str
    """What was measured of the difference, or is otherwise known."""


class Notes(Settings):
    """All of it."""

    sources: Mapping[str, str]
    """Where numbers stand, by a short name."""
    sets: Mapping[str, PictureSet]
    """Data sets by their names."""
    systems: Mapping[str, System]
    """Systems by their recipes."""
    missing: tuple[str, ...]
    """What is published and has no recipe."""
    departures: tuple[Departure, ...] = Field(min_length=1)
    """Every known one."""

    @model_validator(mode="after")
    def _names_are_there(self):
        for recipe, system in self.systems.items():
            used = {"sources": {number.source for number in system.numbers}, "sets": {system.data}}
            for key, names in used.items():
                if unknown := names - getattr(self, key).keys():
                    raise ValueError(f"{recipe}: {', '.join(sorted(unknown))} is not in `{key}`")
        known = {*self.systems, *(recipe.split("-")[0] for recipe in self.systems)}
        for departure in self.departures:
            if unknown := set(departure.recipes) - known:
                raise ValueError(f"{departure.part}: {', '.join(sorted(unknown))} is no recipe")
        return self

    def of_recipe(self, recipe: str) -> list[Departure]:
        """Departures of a recipe."""
        return [one for one in self.departures if {recipe, recipe.split("-")[0]} & set(one.recipes)]


def read_notes(path: Path) -> Notes:
    """Read and check the file.

    Raises:
        ValidationError: a name that is not there, or an unknown key.
    """
    return Notes.model_validate(read_values(path))
