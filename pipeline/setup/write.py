"""A folder looked into, and a configuration with its tables written for it."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.config.dataset import FolderDataset, VocDataset
from pipeline.config.graph import load_file
from pipeline.data.formats import list_pictures
from pipeline.errors import InputError, SeedmaskError
from pipeline.setup.configuration import configuration, dataset_name
from pipeline.setup.contents import Contents, look_into
from pipeline.setup.settings import Scale, scale_for
from pipeline.setup.tables import FILES, settings_of, write_tables
from pipeline.storage.files import write_atomic


@dataclass(frozen=True)
class Setup:
    """What was written.

    Args:
        contents: what was found.
        name: of the data set.
        config: the configuration.
        tables: folder of the tables; None where the labels are read as they are.
        files: the tables.
        scale: settings that depend on size and machine.
    """

    contents: Contents
    name: str
    config: Path
    tables: Path | None
    files: tuple[str, ...]
    scale: Scale

    @property
    def complete(self) -> bool:
        """Whether it can run; without labels it cannot."""
        return bool(self.contents.kind)


def set_up(
    folder: Path,
    config: Path,
    name: str | None = None,
    labels: str | None = None,
    classes: str | None = None,
    force: bool = False,
) -> Setup:
    """Write a configuration for a folder, and tables where its labels need some.

    Args:
        folder: the folder.
        config: file of the configuration.
        name: name of the data set; that of the folder when not given.
        labels: kind of labels to take; the best when not given.
        classes: names of labels that hold numbers: `voc`, `coco` or a file.
        force: whether files that are there are overwritten.

    Raises:
        SeedmaskError: a file is there already; see `look_into`.
    """
    called = dataset_name(name or called_now(folder))
    tables = config.parent / f"{called}-labels"
    for path in (config, *(tables / file for file in FILES)):
        if path.exists() and not force:
            raise SeedmaskError(
                f"{path} is there already; choose another name (`--out {called}.yaml`, `--name`), or overwrite with "
                "--force"
            )
    contents = look_into(folder, labels, classes)
    slots = max(map(len, contents.tags.values()), default=1)
    trained = len(contents.of_split("train"))
    scale = scale_for(trained, contents.sizes.usual, contents.sizes.canvas, max(slots, 1))
    dataset = _as_it_is(contents, called)
    files = []
    if dataset is None:
        files, dataset = write_tables(tables, contents), settings_of(tables, contents)
    write_atomic(config, configuration(contents, called, dataset, scale, str(config)).encode())
    setup = Setup(contents, called, config, tables if files else None, tuple(files), scale)
    if setup.complete:
        _prove(config)
    return setup


def called_now(folder: Path) -> str:
    """Name of a folder, also of `.`."""
    return Path(os.path.abspath(folder)).name  # noqa: PTH100  a link keeps its own name


def _as_it_is(contents: Contents, name: str) -> dict[str, Any] | None:
    """Settings of a data set that reads the labels as they are; None where none can."""
    if not contents.direct:
        return None
    layout = dict(contents.labelling.layout)
    kind = VocDataset if layout["format"] == "voc" else FolderDataset
    listing = list_pictures(kind(name=name, **layout))
    return None if listing.problems or len(listing.entries) != len(contents.splits) else layout


def _prove(config: Path) -> None:
    """What `seedmask check` would find.

    Raises:
        InputError: the configuration's pictures have problems; this is a mistake of ours.
    """
    dataset = load_file(config).dataset
    if problems := list_pictures(dataset).problems:
        raise InputError(f"{config}: the data set that was written", problems)


def lines(setup: Setup) -> Iterator[str]:
    """What was found and what was decided, for people."""
    contents, found = setup.contents, setup.contents.labelling
    yield f"{contents.survey.folder}: {len(contents.sizes.of)} pictures, {contents.sizes.in_words()}"
    if found:
        yield f"labels: {found.source} ({contents.kind})"
    elif contents.masks:
        yield f"labels: {len(contents.masks.of)} truth masks in {contents.masks.folder}, and no tags"
    if found and contents.masks:
        yield f"truth masks: {len(contents.masks.of)} in {contents.masks.folder}, for scores alone"
    for note in contents.notes:
        yield f"note: {note}"
