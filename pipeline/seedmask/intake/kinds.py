"""All labellings of a folder, and the one that is meant."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from functools import cache
from types import ModuleType

from seedmask.errors import SeedmaskError
from seedmask.intake import labels
from seedmask.intake.labelling import Labelling
from seedmask.intake.scan import FolderScan


@cache
def kinds() -> Mapping[str, ModuleType]:
    """Every kind of labelling by its name."""
    names = (found.name for found in pkgutil.iter_modules(labels.__path__))
    return {name: importlib.import_module(f"{labels.__name__}.{name}") for name in names}


def labellings(survey: FolderScan, wanted: str | None = None) -> dict[str, Labelling]:
    """What is found, by kind; of one kind only where it is asked for.

    Raises:
        SeedmaskError: there is no such kind; see the kinds' `look` for files that cannot be read.
    """
    if wanted is not None and wanted not in kinds():
        raise SeedmaskError(f"--labels {wanted}: is no kind of labels; there are {', '.join(kinds())}")
    found = ((name, kind.look(survey)) for name, kind in kinds().items() if wanted in (None, name))
    return {name: labelling for name, labelling in found if labelling is not None}


def choose(found: Mapping[str, Labelling]) -> tuple[str, list[str]]:
    """The labelling to take, and what is to be said of the others.

    Labels that a format reads as they are come first, then those with names, then those that speak of most pictures.

    Raises:
        SeedmaskError: two of them contradict each other.
    """
    strong = [name for name, labelling in found.items() if not labelling.weak] or list(found)
    best = min(strong, key=lambda name: _rank(found[name]))
    notes = []
    for name, other in found.items():
        if name == best:
            continue
        if other.weak and not set(other.all_classes()) & set(found[best].all_classes()):
            notes.append(f"{other.source}: their names are not taken for classes, as {found[best].source} has others")
            continue
        if (where := next(_contradictions(found[best], other), None)) is not None:
            raise SeedmaskError(_contradiction(best, name, found, where))
        notes.append(f"{other.source} says the same of the pictures that both speak of")
    return best, notes


def _rank(labelling: Labelling) -> tuple[bool, bool, int]:
    return labelling.layout is None, not labelling.named, -len(labelling.tags)


def _contradictions(one: Labelling, other: Labelling) -> Iterator[str]:
    """Pictures of which two labellings say different things; numbers are compared with names by their count."""
    for picture in one.tags.keys() & other.tags.keys():
        first, second = set(one.tags[picture]), set(other.tags[picture])
        if first != second if one.named and other.named else len(first) != len(second):
            yield picture


def _contradiction(best: str, name: str, found: Mapping[str, Labelling], picture: str) -> str:
    number = sum(1 for _ in _contradictions(found[best], found[name]))
    said = "; ".join(
        f"{found[kind].source} says {', '.join(found[kind].tags[picture]) or 'none of the classes'}"
        for kind in (best, name)
    )
    return (
        f"two labellings contradict each other about {number} pictures, {picture} among them: {said}; "
        f"choose one with `--labels {best}` or `--labels {name}`"
    )
