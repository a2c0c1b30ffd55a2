"""Labels of a folder: what every module of `labels` returns, and the choice between several."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from seedmask.errors import SeedmaskError
from seedmask.intake import labels
from seedmask.intake.names import Matches
from seedmask.intake.options import Choice, QuestionError, ReadingOptions
from seedmask.intake.scan import FolderScan

if TYPE_CHECKING:
    import numpy as np

MASKS = "masks"
"""Choice of truth masks as the only labels."""
SHOWN = 3
"""Examples in a message."""
MOST_UNMATCHED = 0.1
"""Share of a file's names that may mean no image; more is an error where images are without labels."""

Drawing = Callable[[Mapping[str, int]], "np.ndarray"]
"""Draws a mask (`H W`, uint8) with the number of each class."""


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
    split_rule: str = ""
    """What gave the splits, for people: `column split of cows/tags.csv`."""
    classes: tuple[str, ...] = ()
    """The classes in their order, if the files define one; those of the tags are added behind."""
    masks: str | None = None
    """Folder of truth masks whose numbers follow the order of these classes, as a path below the folder."""
    training_masks: str | None = None
    """Folder of other truth masks that trainings read, as a path below the folder."""
    drawings: Mapping[str, Drawing] = field(default_factory=dict)
    """Masks that are outlines or runs in the files, and become PNGs."""
    layout: Mapping[str, Any] | None = None
    """Settings of a data set that reads the files unchanged."""
    layout_notes: tuple[str, ...] = ()
    """Decisions about these settings, one sentence each."""
    named: bool = True
    """Whether the classes have names, and not numbers alone."""
    closed: bool = False
    """Whether images without labels are left out; otherwise they are kept for predictions."""
    notes: tuple[str, ...] = ()
    """Peculiarities and decisions, one sentence each."""
    weak: bool = False
    """Whether any other labelling is preferred: folders have names for many reasons, not only for classes."""
    unmatched: int = 0
    """How many names in the files mean no image, or several."""
    names: int = 0
    """How many names there are in all."""
    unmatched_example: str = ""
    """One of them, for messages: `"c0w.jpg", nearest: cow.jpg`."""

    def all_classes(self) -> tuple[str, ...]:
        """Every class; those without a position in the order come last, by name."""
        rest = {tag for tags in self.tags.values() for tag in tags} - set(self.classes)
        return (*self.classes, *sorted(rest))


@cache
def label_kinds() -> Mapping[str, ModuleType]:
    """Every kind of labels: the modules of `labels` by name."""
    names = (module.name for module in pkgutil.iter_modules(labels.__path__))
    return {name: importlib.import_module(f"{labels.__name__}.{name}") for name in names}


def find_labellings(scan: FolderScan, options: ReadingOptions) -> tuple[dict[str, Labelling], list[str]]:
    """Labellings of a folder, by kind; of the wanted kind only if one is given. Notes about kinds that are not clear.

    Raises:
        QuestionError: labels can be read in several ways, and there are no others.
        SeedmaskError: the kind is unknown, or a file cannot be read.
    """
    wanted = options.labels
    if wanted is not None and wanted in scan.files:
        scan, wanted = scan.with_labels_of(wanted), None
    elif wanted not in (None, MASKS, *label_kinds()):
        listed = ", ".join((*label_kinds(), MASKS))
        raise SeedmaskError(
            f"--labels {wanted}: is neither a kind of labels nor a file of the folder; kinds are {listed}"
        )
    labellings, questions = {}, []
    for name, kind in label_kinds().items():
        if wanted in (None, name):
            try:
                if (labelling := kind.read_labels(scan, options)) is not None:
                    labellings[name] = labelling
            except QuestionError as question:
                questions.append(question)
    if questions and all(labelling.weak for labelling in labellings.values()):
        raise questions[0]
    return labellings, [f"{question.found}; it is not used, as there are other labels" for question in questions]


def require_some(source: object, matches: Matches, scan: FolderScan) -> None:
    """Refuse a file of labels whose names mean no image at all.

    Raises:
        SeedmaskError: no name was found.
    """
    if matches.found:
        return
    notes = "; ".join(matches.notes(source, scan.names))
    raise SeedmaskError(
        f"{notes}. None of its {matches.unmatched} names means one picture below {scan.folder}; write names with their "
        "folders, bring the pictures, or take the file out"
    )


def choose_labelling(labellings: Mapping[str, Labelling]) -> tuple[str, list[str]]:
    """The kind of the labelling to use, and notes about the others.

    Labels that a format reads unchanged come first, then those with names, then those of most images.

    Raises:
        QuestionError: two of them contradict each other.
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
        if images := list(_contradictions(labellings[best], other)):
            raise _contradiction(best, name, labellings, images)
        common = len(labellings[best].tags.keys() & other.tags.keys())
        notes.append(f"{other.source} agrees about all {common} pictures that both label, and is not needed")
        if more := [image for image in other.tags if image not in labellings[best].tags]:
            raise SeedmaskError(
                f"{other.source} labels {len(more)} pictures that {labellings[best].source} does not ({more[0]}); "
                f"join the two in one file, or choose one with `--labels {best}` or `--labels {name}`"
            )
    return best, notes


def _rank(labelling: Labelling) -> tuple[bool, bool, int]:
    return labelling.layout is None, not labelling.named, -len(labelling.tags)


def _contradictions(one: Labelling, other: Labelling) -> Iterator[str]:
    """Images with different labels in two labellings; numbers are compared with names by their count."""
    for image in one.tags.keys() & other.tags.keys():
        first, second = set(one.tags[image]), set(other.tags[image])
        if first != second if one.named and other.named else len(first) != len(second):
            yield image


def _contradiction(best: str, name: str, labellings: Mapping[str, Labelling], images: list[str]) -> QuestionError:
    def says(kind: str) -> str:
        labelling = labellings[kind]
        examples = (f"{image}: {', '.join(labelling.tags[image]) or 'none of them'}" for image in images[:SHOWN])
        return f"{labelling.source} ({'; '.join(examples)})"

    return QuestionError(
        f"two labellings contradict each other about {len(images)} pictures, {images[0]} among them",
        "labels",
        [Choice(kind, says(kind)) for kind in (best, name)],
    )
