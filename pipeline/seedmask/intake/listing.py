"""Format `auto`: a folder as people have it, listed as `seedmask init` reads it, without tables in between."""

from pathlib import Path

from seedmask.config.dataset import AutoDataset
from seedmask.dataset.formats.files import id_of
from seedmask.dataset.formats.listing import Entry, Findings, Listing, assemble
from seedmask.errors import SeedmaskError
from seedmask.intake.options import Choice, QuestionError, ReadingOptions
from seedmask.intake.released_sets import scene_set
from seedmask.intake.tagged_images import read_tags


def list_dataset(dataset: AutoDataset) -> Listing:
    """Read a folder; where it can be read in several ways, a problem names the settings that decide.

    Raises:
        SeedmaskError: the folder does not exist, or its labels cannot be read.
    """
    root, findings = Path(dataset.root), Findings()
    options = _options(dataset)
    if not options.chooses_labels and (scenes := scene_set(root)):
        findings.problem(root, f"is in the layout of format `{scenes.format}`", f"write `format: {scenes.format}`")
        return assemble((), (), findings)
    try:
        read = read_tags(root, options)
    except QuestionError as question:
        choices = "; ".join(
            f"`{question.option}: {_written(question, choice)}` ({choice.says})" for choice in question.choices
        )
        findings.problem(root, question.found, f"set one of these in `dataset`: {choices}")
        return assemble((), (), findings)
    if not read.kind:
        raise SeedmaskError(f"{root}: holds no labels; `seedmask init` writes a table to fill in")
    drawn = read.labelling.drawings if read.labelling else {}
    if drawn:
        findings.note(f"{root}: {len(drawn)} masks are outlines: `seedmask init` draws them, here they are left out")
    for note in read.notes:
        findings.note(note)
    numbers = {name: number for number, name in enumerate(read.classes)}
    masks = {} if dataset.masks == "none" else read.scan.masks.of
    entries = [
        Entry(
            id=id_of(read.id(image)),
            image=read.scan.files[image],
            split=split,
            tags=tuple(sorted(numbers[tag] for tag in read.tags[image])) if image in read.tags else None,
            mask=read.scan.files[masks[image]] if image in masks else None,
            where=str(read.scan.files[image]),
        )
        for image, split in read.splits.items()
    ]
    return assemble(read.classes, entries, findings)


def _written(question: QuestionError, choice: Choice) -> str:
    """A choice as a configuration holds it."""
    return f"[{choice.value}]" if question.option == "label_column" else repr(choice.value)


def dataset_paths(dataset: AutoDataset) -> list[Path]:
    """The folder, and the list of classes where it lies elsewhere."""
    return [Path(dataset.root), *([Path(dataset.classes)] if dataset.classes not in (None, "voc", "coco") else [])]


def _options(dataset: AutoDataset) -> ReadingOptions:
    return ReadingOptions(
        labels=dataset.labels,
        image_column=dataset.image_column,
        label_column=dataset.label_column,
        separator=dataset.separator,
        split_from=dataset.split_from,
        masks=dataset.masks,
        classes=dataset.classes,
        unmatched=dataset.unmatched,
    )
