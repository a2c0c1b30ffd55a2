"""Writing of a configuration, and of tables where the labels need some, for a folder."""

import csv
import io
import itertools
import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tqdm import tqdm

from seedmask.config.dataset import read_dataset
from seedmask.config.graph import load_file
from seedmask.dataset.changes import indexed_folder
from seedmask.dataset.formats import list_images
from seedmask.dataset.formats.files import id_of
from seedmask.dataset.images import save_mask
from seedmask.errors import InputError, SeedmaskError
from seedmask.intake.chain import MaskChain, chosen_chain
from seedmask.intake.configuration import Scale, configuration, dataset_name, learns_from_tags, scale_for
from seedmask.intake.contents import Contents, read_folder
from seedmask.intake.facts import SILENT
from seedmask.intake.large_pictures import LargePictures, large_pictures
from seedmask.intake.options import ReadingOptions
from seedmask.intake.released_sets import read_released_set, released_set
from seedmask.plan.variants import RESULTS
from seedmask.storage.files import write_atomic

FILES = ("tags.csv", "classes.txt", "splits.csv")
MASKS = "masks"
"""Folder of masks that were drawn, the one that format `folder` takes when none is named."""
CHECKED = 10_000
"""Pictures up to which the tables that were written are read again as `seedmask check` does."""


def write_tables(folder: Path, contents: Contents) -> list[str]:
    """Write the tables of a data set, and its masks where they are no PNGs of class numbers; remove earlier ones.

    Returns:
        Names of the files.
    """
    texts = _texts(contents)
    shutil.rmtree(folder / MASKS, ignore_errors=True)
    drawn = _write_masks(folder / MASKS, contents)
    for name in FILES:
        if name in texts:
            write_atomic(folder / name, texts[name].encode())
        else:
            (folder / name).unlink(missing_ok=True)
    return [*texts, *([f"{MASKS}/ ({drawn} files)"] if drawn else [])]


def _write_masks(folder: Path, contents: Contents) -> int:
    """Write masks with class numbers, under the ids of their images; their number."""
    drawn = list(contents.drawings)
    for image in tqdm(drawn, desc="masks", disable=len(drawn) < SILENT, ncols=80):
        mask = contents.draw_mask(image)
        if mask is not None:
            save_mask(folder / f"{id_of(contents.id(image))}.png", mask)
    return len(drawn)


def settings_of(folder: Path, contents: Contents) -> dict[str, str]:
    """Settings of a data set whose tables lie in a folder, and its pictures where they are."""
    pictures = contents.scan.folder / contents.scan.base
    settings = {"format": "folder", "root": str(folder), "pictures": _relative(folder, pictures)}
    masks = contents.masks.folder if contents.masks else None
    return settings | ({"masks": _relative(folder, masks)} if masks else {})


def _texts(contents: Contents) -> dict[str, str]:
    pictures = sorted(contents.splits)
    tagged = [p for p in pictures if p in contents.tags] if contents.kind else pictures
    texts = {}
    if contents.kind != "masks":
        rows = ([contents.id(picture), *contents.tags.get(picture, ("",))] for picture in tagged)
        texts["tags.csv"] = _table(("image", "tags"), (row if len(row) > 1 else [*row, ""] for row in rows))
    if contents.kind:
        texts["classes.txt"] = "".join(f"{name}\n" for name in contents.classes)
    texts["splits.csv"] = _table(("image", "split"), ([contents.id(p), contents.splits[p]] for p in pictures))
    return texts


def _table(header: tuple[str, ...], rows: Iterable[list[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def _relative(folder: Path, other: Path) -> str:
    """Path of a folder from another one; absolute if the user gave an absolute one."""
    return str(other) if other.is_absolute() else os.path.relpath(other, folder)


@dataclass(frozen=True)
class Setup:
    """The files that were written.

    Args:
        contents: contents of the folder.
        name: name of the data set.
        config: the configuration.
        tables: folder of the tables; None if the labels are read unchanged.
        files: the tables.
        scale: settings that depend on size and machine.
        large: what is done with large pictures; None where there are none.
        chain: how masks come from tags; None where they do not, or nothing was written.
    """

    contents: Contents
    name: str
    config: Path
    tables: Path | None
    files: tuple[str, ...]
    scale: Scale
    large: LargePictures | None
    chain: MaskChain | None = None

    @property
    def complete(self) -> bool:
        """Whether it can run, which needs labels."""
        return bool(self.contents.kind)


def set_up(
    folder: Path,
    config: Path,
    name: str | None = None,
    options: ReadingOptions | None = None,
    force: bool = False,
    write: bool = True,
) -> Setup:
    """Write a configuration for a folder, and tables where its labels need some.

    Args:
        folder: the folder.
        config: file of the configuration.
        name: name of the data set; that of the folder when not given.
        options: how the folder is to be read.
        force: whether existing files are overwritten.
        write: whether files are written; otherwise only the reading is reported.

    Raises:
        SeedmaskError: a file is there already, or results of this name are of another folder; see `read_folder`.
    """
    options = options or ReadingOptions()
    called = _free_name(dataset_name(name or folder_name(folder)), folder, chosen=name is not None or force)
    tables = config.parent / f"{called}-labels"
    for path in (config, *(tables / file for file in FILES)):
        if path.exists() and write and not force:
            raise SeedmaskError(
                f"{path} is there already; choose another name (`--out {called}.yaml`, `--name`), or overwrite with "
                "--force"
            )
    released = None if options.chooses_labels else released_set(folder)
    contents = read_released_set(*released, options) if released else read_folder(folder, options)
    slots = max(map(len, contents.tags.values()), default=1)
    trained = len(contents.of_split("train"))
    large = large_pictures(contents)
    sizes = large.sizes(contents.sizes) if large else contents.sizes
    scale = scale_for(trained, sizes.usual, sizes.canvas, max(slots, 1))
    dataset = _direct_settings(contents, called)
    files = []
    if not write:
        return Setup(contents, called, config, None, (), scale, large)
    if dataset is None:
        files, dataset = write_tables(tables, contents), settings_of(tables, contents)
    dataset |= options.picture_settings | ({large.setting: large.side} if large else {})
    chain = chosen_chain(contents, len(os.sched_getaffinity(0))) if learns_from_tags(contents) else None
    write_atomic(config, configuration(contents, called, dataset, scale, chain, str(config)).encode())
    setup = Setup(contents, called, config, tables if files else None, tuple(files), scale, large, chain)
    if setup.complete and len(contents.splits) <= CHECKED:
        _check(config)
    return setup


def _free_name(name: str, folder: Path, chosen: bool) -> str:
    """The name, with a number behind where results of this name were made from another folder.

    Args:
        name: the name.
        folder: the folder of the data set.
        chosen: whether the user wants this name and no other.

    Raises:
        SeedmaskError: results of a chosen name were made from another folder.
    """
    for called in itertools.chain((name,), (f"{name}_{number}" for number in itertools.count(2))):
        before = indexed_folder(RESULTS / called)
        if before is None or before.is_relative_to(folder.resolve()):
            return called
        if chosen:
            raise SeedmaskError(
                f"{RESULTS / called} was made from another folder, {before}; choose another `--name`, or move these "
                "results away"
            )
    raise AssertionError("numbers do not end")


def folder_name(folder: Path) -> str:
    """Name of a folder, also of `.`."""
    return Path(os.path.abspath(folder)).name  # noqa: PTH100  a link keeps its own name


def _direct_settings(contents: Contents, name: str) -> dict[str, Any] | None:
    """Settings of a data set that reads the labels unchanged; None if no format can."""
    if not contents.direct or contents.labelling is None or contents.labelling.layout is None:
        return None
    layout = dict(contents.labelling.layout)
    listing = list_images(read_dataset({"name": name, **layout}))
    return None if listing.problems or len(listing.entries) != len(contents.splits) else layout


def _check(config: Path) -> None:
    """Refuse what `seedmask check` would refuse.

    Raises:
        InputError: the configuration's pictures have problems; this is a mistake of ours.
    """
    dataset = load_file(config).dataset
    if problems := list_images(dataset).problems:
        raise InputError(f"{config}: the data set that was written", problems)


def summary_lines(setup: Setup) -> Iterator[str]:
    """Contents of the folder, and decisions, for people."""
    contents, labelling = setup.contents, setup.contents.labelling
    yield f"{contents.scan.folder}: {len(contents.sizes.of)} pictures, {contents.sizes.describe()}"
    if labelling:
        yield f"labels: {labelling.source} ({contents.kind})"
    elif contents.masks:
        yield f"labels: {len(contents.masks.of)} truth masks in {contents.masks.source}, and no tags"
    if labelling and contents.masks:
        yield f"truth masks: {len(contents.masks.of)} in {contents.masks.source}, for scores alone"
    elif labelling and labelling.drawings and labelling.layout is None:
        yield f"truth masks: {len(labelling.drawings)} drawn from {labelling.source}, for scores alone"
    counts = ", ".join(f"{split} {len(contents.of_split(split))}" for split in contents.split_names())
    yield f"splits: {counts} ({contents.split_rule or 'nothing names splits'})"
    reasons = [choice.why for choice in (setup.large, setup.chain) if choice]
    for note in [*contents.notes, *reasons]:
        yield f"note: {note}"
