"""Labels of a folder: what every module of `labels` returns, and the choice between several."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from seedmask.errors import SeedmaskError
from seedmask.intake import labels
from seedmask.intake.scan import FolderScan

BACKGROUND = frozenset(("background", "__background__", "_background_", "__ignore__"))
"""Names, in small letters, that stand for none of the classes."""


@dataclass(frozen=True)
class Labelling:
    """Labels of the images of a folder, read from files of one kind."""

    source: str
    """What it was read from, for people: `cows/tags.csv`."""
    tags: Mapping[str, tuple[str, ...]]
    """Names of the classes in each labelled image, by the path of the image below the folder."""
    files: tuple[str, ...] = ()
    """Files that it was read from, as paths below the folder."""
    splits: Mapping[str, str] = field(default_factory=dict)
    """Split of each image that has one."""
    classes: tuple[str, ...] = ()
    """The classes in their order, if the files define one; those of the tags are added behind."""
    masks: Path | None = None
    """Folder of truth masks whose numbers follow the order of these classes."""
    layout: Mapping[str, Any] | None = None
    """Settings of a data set that reads the files unchanged."""
    named: bool = True
    """Whether the classes have names, and not numbers alone."""
    closed: bool = False
    """Whether images without labels are left out; otherwise they are kept for predictions."""
    notes: tuple[str, ...] = ()
    """Peculiarities and decisions, one sentence each."""
    weak: bool = False
    """Whether any other labelling is preferred: folders have names for many reasons, not only for classes."""

    def all_classes(self) -> tuple[str, ...]:
        """Every class; those without a position in the order come last, by name."""
        rest = {tag for tags in self.tags.values() for tag in tags} - set(self.classes)
        return (*self.classes, *sorted(rest))


@cache
def label_kinds() -> Mapping[str, ModuleType]:
    """Every kind of labels: the modules of `labels` by name."""
    names = (module.name for module in pkgutil.iter_modules(labels.__path__))
    return {name: importlib.import_module(f"{labels.__name__}.{name}") for name in names}


def find_labellings(scan: FolderScan, wanted: str | None = None) -> dict[str, Labelling]:
    """Labellings of a folder, by kind; of the wanted kind only if one is given.

    Raises:
        SeedmaskError: the kind is unknown, or a file cannot be read.
    """
    if wanted is not None and wanted not in label_kinds():
        raise SeedmaskError(f"--labels {wanted}: is not a kind of labels; there are {', '.join(label_kinds())}")
    labellings = ((name, kind.read_labels(scan)) for name, kind in label_kinds().items() if wanted in (None, name))
    return {name: labelling for name, labelling in labellings if labelling is not None}


def choose_labelling(labellings: Mapping[str, Labelling]) -> tuple[str, list[str]]:
    """The kind of the labelling to use, and notes about the others.

    Labels that a format reads unchanged come first, then those with names, then those of most images.

    Raises:
        SeedmaskError: two of them contradict each other.
    """
    strong = [name for name, labelling in labellings.items() if not labelling.weak] or list(labellings)
    best = min(strong, key=lambda name: _rank(labellings[name]))
    notes = []
    for name, other in labellings.items():
        if name == best:
            continue
        if other.weak and not set(other.all_classes()) & set(labellings[best].all_classes()):
            notes.append(
                f"{other.source}: their names are not taken for classes, as {labellings[best].source} has others"
            )
            continue
        if (image := next(_contradictions(labellings[best], other), None)) is not None:
            raise SeedmaskError(_contradiction(best, name, labellings, image))
        notes.append(f"{other.source} agrees about all pictures that both label")
    return best, notes


def _rank(labelling: Labelling) -> tuple[bool, bool, int]:
    return labelling.layout is None, not labelling.named, -len(labelling.tags)


def _contradictions(one: Labelling, other: Labelling) -> Iterator[str]:
    """Images with different labels in two labellings; numbers are compared with names by their count."""
    for image in one.tags.keys() & other.tags.keys():
        first, second = set(one.tags[image]), set(other.tags[image])
        if first != second if one.named and other.named else len(first) != len(second):
            yield image


def _contradiction(best: str, name: str, labellings: Mapping[str, Labelling], image: str) -> str:
    number = sum(1 for _ in _contradictions(labellings[best], labellings[name]))
    labels_of_both = "; ".join(
        f"{labellings[kind].source} says {', '.join(labellings[kind].tags[image]) or 'none of the classes'}"
        for kind in (best, name)
    )
    return (
        f"two labellings contradict each other about {number} pictures, {image} among them: {labels_of_both}; "
        f"choose one with `--labels {best}` or `--labels {name}`"
    )
