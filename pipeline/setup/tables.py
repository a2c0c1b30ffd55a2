"""Text files in the format `folder`, for labels that none of our formats reads as they are."""

import csv
import io
import os
from collections.abc import Iterable
from pathlib import Path

from pipeline.setup.contents import Contents
from pipeline.storage.files import write_atomic

FILES = ("tags.csv", "classes.txt", "splits.csv")


def write_tables(folder: Path, contents: Contents) -> list[str]:
    """Write the tables of a data set, and remove those of an earlier one.

    Returns:
        Names of the files.
    """
    texts = _texts(contents)
    for name in FILES:
        if name in texts:
            write_atomic(folder / name, texts[name].encode())
        else:
            (folder / name).unlink(missing_ok=True)
    return list(texts)


def settings_of(folder: Path, contents: Contents) -> dict[str, str]:
    """Settings of a data set whose tables lie in a folder, and its pictures where they are."""
    pictures = contents.survey.folder / contents.base
    settings = {"format": "folder", "root": str(folder), "pictures": _from(folder, pictures)}
    return settings | ({"masks": _from(folder, contents.masks.folder)} if contents.masks else {})


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


def _from(folder: Path, other: Path) -> str:
    """A folder as seen from another one; absolute where the user named it so."""
    return str(other) if other.is_absolute() else os.path.relpath(other, folder)
