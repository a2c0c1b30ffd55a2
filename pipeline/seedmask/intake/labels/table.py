"""A table beside the pictures, as people save it from a spreadsheet: CSV with `,`, `;` or tabs.

    image,tags              a.jpg,cow,sheep      several columns of tags
    a.jpg;cow|sheep                              several tags in a cell
    filename,cow,sheep      a.jpg,1,0            a column for each class
    image,label             a.jpg,cow a.jpg,sheep   several rows a picture

A column named `split` gives splits. With a header that names a column of labels, the others are left out.
"""

import csv
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from seedmask.dataset.formats.files import ImageNames, id_of
from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_lines
from seedmask.errors import InputError
from seedmask.intake.labelling import BACKGROUND, Labelling
from seedmask.intake.scan import SPLITS, FolderScan

DELIMITERS = (",", ";", "\t")
INNER = ("|", ";", ",")
"""What may stand between the tags of one cell."""
LABEL_COLUMNS = ("tag", "tags", "label", "labels", "class", "classes", "category", "categories", "species")
SPLIT_COLUMNS = ("split", "set", "subset", "fold", "partition")
YES, NO = ("1", "1.0", "true", "yes", "x"), ("0", "0.0", "false", "no", "", "-1", "-1.0")
"""Cells of a column for one class, in small letters."""
EXPLICIT_NO = frozenset(("0", "0.0", "false", "no"))
"""At least one of these shows that a column holds yes and no; the others in `NO` also stand in other columns."""
LONGEST_SEARCH = 200
"""Rows that decide whether a file is a table of pictures."""


@dataclass(frozen=True)
class Table:
    """Rows of a file, with the number of the line that each stands in.

    Args:
        path: the file.
        header: names of the columns; empty where the file has none.
        rows: line and cells.
        pictures: column that names the pictures.
    """

    path: Path
    header: tuple[str, ...]
    rows: tuple[tuple[int, tuple[str, ...]], ...]
    pictures: int

    def column(self, names: Iterable[str]) -> int | None:
        """First column with one of some names."""
        return next((number for number, name in enumerate(self.header) if name.strip().lower() in names), None)


def read_labels(scan: FolderScan) -> Labelling | None:
    """The table in the fewest folders whose cells name pictures.

    Raises:
        InputError: it is a table of pictures, but rows of it cannot be read.
    """
    names = ImageNames(scan.images)
    for _, path in scan.with_suffix(".csv", ".tsv"):
        if path.stem.lower() != "splits" and (table := read_table(path, names)):
            return _labelling(scan, table, names)
    return None


def read_table(path: Path, names: ImageNames) -> Table | None:
    """A file as a table of pictures; None where none of its columns names any.

    Raises:
        InputError: a quote is not closed, or the text is not UTF-8, in a file that has a column of pictures.
    """
    findings = Findings()
    lines = read_lines(path, findings)
    if findings.problems:
        raise InputError("table of labels", findings.problems)
    for delimiter in sorted(DELIMITERS, key=lambda d: -sum(d in line for _, line in lines[:LONGEST_SEARCH])):
        rows = _split_up(path, lines, delimiter, findings)
        column = _picture_column(rows, names)
        if column is None:
            findings.problems.clear()
            continue
        if findings.problems:
            raise InputError("table of labels", findings.problems)
        has_header = names.known(rows[0][1][column].strip()) is None and _is_header(rows, column)
        return Table(path, rows[0][1] if has_header else (), tuple(rows[has_header:]), column)
    return None


def _split_up(
    path: Path, lines: Sequence[tuple[int, str]], delimiter: str, findings: Findings
) -> list[tuple[int, tuple[str, ...]]]:
    rows = []
    for number, line in lines:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, strict=True))
        except csv.Error:
            findings.problem(f"{path} line {number}", "a quote is not closed on its line", 'close it, or write ""')
            cells = line.split(delimiter)
        if any(cell.strip() for cell in cells):
            rows.append((number, tuple(cells)))
    return rows


def _picture_column(rows: Sequence[tuple[int, tuple[str, ...]]], names: ImageNames) -> int | None:
    """Column whose cells name pictures most often, at least every second time."""
    some = [cells for _, cells in rows[:LONGEST_SEARCH]]
    width = max(map(len, some), default=0)
    counts = [sum(names.known(cells[c].strip()) is not None for cells in some if c < len(cells)) for c in range(width)]
    best = max(range(width), key=lambda column: counts[column], default=None)
    return best if best is not None and 2 * counts[best] >= max(len(some) - 1, 1) else None


def _is_header(rows: Sequence[tuple[int, tuple[str, ...]]], column: int) -> bool:
    """Whether a first row that names no picture is a header, and not a row about a picture that is gone."""
    first = rows[0][1]
    words = (*LABEL_COLUMNS, *SPLIT_COLUMNS, "image", "images", "file", "filename", "file_name", "picture", "path",
             "id", "name", "img", "image_id", "image_name", "photo")  # fmt: skip
    return "." not in first[column] or any(cell.strip().lower() in words for cell in first)


def _labelling(scan: FolderScan, table: Table, names: ImageNames) -> Labelling:
    whole = {id_of(name): name for name in scan.images}
    split_column, hot = table.column(SPLIT_COLUMNS), _class_columns(table)
    ours = table.path.name == "tags.csv" and table.path.parent == scan.folder
    columns = hot or _tag_columns(table, split_column)
    inner = "" if hot else _inner(table, columns, INNER[:2] if ours else INNER)
    tags: dict[str, set[str]] = {}
    splits: dict[str, str] = {}
    missing, repeated = [], 0
    for number, cells in table.rows:
        key = names.known(cells[table.pictures].strip()) if table.pictures < len(cells) else None
        if key is None:
            missing.append((number, cells[table.pictures] if table.pictures < len(cells) else ""))
            continue
        picture = whole[key]
        repeated += picture in tags
        if hot:
            here = {table.header[c].strip() for c in columns if c < len(cells) and cells[c].strip().lower() in YES}
        else:
            here = _words((cells[c] for c in columns if c < len(cells)), inner)
        tags.setdefault(picture, set()).update(tag for tag in here if tag.lower() not in BACKGROUND)
        if split_column is not None and split_column < len(cells):
            word = cells[split_column].strip().lower()
            splits[picture] = SPLITS.get(word, word)
    notes = [f"{table.path}: {repeated} rows are about a picture of an earlier row; their tags are joined"] * bool(
        repeated
    )
    if missing:
        line, name = missing[0]
        notes.append(f'{table.path}: {len(missing)} rows name no picture (line {line}: "{name}"); they are left out')
    if hot:
        notes.append(f"{table.path}: a column for each of {len(hot)} classes")
    if inner:
        notes.append(f"{table.path}: `{inner}` stands between the tags of one cell")
    return Labelling(
        source=f"{table.path}, {len(table.rows)} rows",
        tags={picture: tuple(sorted(found)) for picture, found in tags.items()},
        files=(str(table.path.relative_to(scan.folder)),),
        splits=splits if "train" in splits.values() else {},
        classes=tuple(table.header[c].strip() for c in hot) or _class_list(scan),
        layout={"format": "folder", "root": str(scan.folder)} if ours else None,
        notes=tuple(notes),
    )


def _class_columns(table: Table) -> tuple[int, ...]:
    """Columns of a table that has one for each class, all of them yes or no; empty for other tables.

    Numbers of other kinds may stand beside them, but no text, which would be the tags.
    """
    columns = {
        number: {cells[number].strip().lower() for _, cells in table.rows if number < len(cells)}
        for number, name in enumerate(table.header)
        if number != table.pictures and name.strip() and name.strip().lower() not in SPLIT_COLUMNS
    }
    hot = tuple(number for number, cells in columns.items() if cells <= {*YES, *NO})
    others = {cell for number, cells in columns.items() if number not in hot for cell in cells}
    no_text = all(map(_is_number, others))
    return hot if no_text and any(columns[number] & EXPLICIT_NO for number in hot) else ()


def _tag_columns(table: Table, split_column: int | None) -> tuple[int, ...]:
    """Columns of tags: those that the header calls so, else all with words but pictures and splits."""
    width = max((len(cells) for _, cells in table.rows), default=0)
    named = [n for n, name in enumerate(table.header) if name.strip().lower() in LABEL_COLUMNS]
    others = [n for n in range(width) if n not in (table.pictures, split_column)]
    words = [n for n in others if any(n < len(cells) and not _is_number(cells[n]) for _, cells in table.rows)]
    if named and len(table.header) == width:
        return tuple(n for n in named if n != table.pictures)
    return tuple(words or others)


def _is_number(cell: str) -> bool:
    """Whether a cell holds a number, or nothing."""
    return re.fullmatch(r"[-+.\d]*", cell.strip()) is not None


def _inner(table: Table, columns: Sequence[int], marks: Sequence[str]) -> str:
    """What stands between the tags of one cell; nothing where a cell holds one tag."""
    cells = [cells[c] for _, cells in table.rows for c in columns if c < len(cells)]
    return next((mark for mark in marks if any(mark in cell for cell in cells)), "")


def _words(cells: Iterable[str], mark: str) -> set[str]:
    parts = itertools.chain.from_iterable(cell.split(mark) if mark else [cell] for cell in cells)
    return {part.strip() for part in parts if part.strip()}


def _class_list(scan: FolderScan) -> tuple[str, ...]:
    path = scan.files.get("classes.txt")
    return tuple(line.strip() for _, line in read_lines(path, Findings())) if path else ()
