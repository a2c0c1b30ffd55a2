"""Tables as people and programs save them: encoding, separator, header and rows, read as a stream."""

import codecs
import csv
import itertools
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from seedmask.errors import InputError, Problem
from seedmask.intake.words import plain_spaces

SEPARATORS = (",", ";", "\t", "|")
"""What may stand between cells, besides what a first line `sep=;` says."""
SAMPLE = 2000
"""Rows that decide what the columns are."""
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
"""Encodings by the bytes that a file begins with; `Unicode text` of spreadsheets is UTF-16."""
COMMENT = "# "
"""Beginning of a line that is no row."""
SPACES = " "
"""Separator of lists such as `train.txt`: any white space."""

Row = tuple[int, list[str]]
"""Number of a line, and the cells that begin on it."""


@dataclass(frozen=True)
class TableFile:
    """A file that can be split up into cells.

    Args:
        path: the file.
        separator: what stands between cells.
        encoding: how its characters are written.
        sample: the first rows, the header among them.
        skipped: rows above the header.
    """

    path: Path
    separator: str
    encoding: str
    sample: tuple[Row, ...]
    skipped: int = 0

    def rows(self) -> Iterator[Row]:
        """All rows that are not empty, from the header on.

        Raises:
            InputError: a quote is not closed, a cell is too long, or a character is not of the encoding.
        """
        return itertools.islice(_rows(self.path, self.separator, self.encoding), self.skipped, None)

    @cached_property
    def width(self) -> int:
        """Most cells of a row."""
        return max((len(cells) for _, cells in self.sample), default=0)


def candidates(path: Path, spaces: bool = False) -> list[TableFile]:
    """A file split up by each separator that it holds, the one that most lines hold first.

    Args:
        path: the file.
        spaces: whether cells are separated by white space, and by nothing else.

    Raises:
        InputError: the file cannot be read, or is not UTF-8 or UTF-16.
    """
    encoding = _encoding(path)
    lines = [line for _, line in itertools.islice(_lines(path, encoding), SAMPLE)]
    if not lines:
        return []
    told = _told_separator(lines[0])
    if told:
        separators = [told]
    elif spaces:
        separators = ["\t"] if all("\t" in line for line in lines) else [SPACES]
    else:
        counts = {separator: sum(separator in line for line in lines) for separator in SEPARATORS}
        separators = sorted((s for s in SEPARATORS if counts[s]), key=lambda s: -counts[s]) or [","]
    found = []
    problem: InputError | None = None
    for separator in separators:
        try:
            sample = tuple(itertools.islice(_rows(path, separator, encoding), SAMPLE))
        except InputError as error:
            problem = problem or error
            continue
        if sample:
            found.append(TableFile(path, separator, encoding, sample))
    if problem and not found:
        raise problem
    return found


def _encoding(path: Path) -> str:
    try:
        with path.open("rb") as file:
            start = file.read(4)
    except OSError as error:
        raise _problem(path, f"cannot be read ({error.strerror})", "check the file and its permissions") from None
    return next((encoding for mark, encoding in MARKS if start.startswith(mark)), "utf-8")


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    """Lines with their numbers; characters are composed (NFC), so that names of different systems compare equal.

    Spaces that do not break, and those without width, come from web pages and word processors.
    """
    try:
        with path.open(encoding=encoding, newline="") as file:
            for number, line in enumerate(file, start=1):
                yield number, line if line.isascii() else plain_spaces(unicodedata.normalize("NFC", line))
    except UnicodeDecodeError:
        with path.open("rb") as file:
            bad = next((n for n, line in enumerate(file, start=1) if not _is_text(line, encoding)), 1)
        raise _problem(f"{path} line {bad}", "the text is not UTF-8", "save the file as UTF-8") from None


def _is_text(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _told_separator(line: str) -> str:
    r"""`;` of a first line `sep=;`, which Excel writes and reads."""
    text = line.strip().strip('"')
    told = text[4:] if text.lower().startswith("sep=") else ""
    return "\t" if told in (r"\t", "") and text.lower().startswith("sep=") else told[:1]


def _rows(path: Path, separator: str, encoding: str) -> Iterator[Row]:
    """Rows of a file; quoted cells may hold line breaks."""
    lines = (line for _, line in _lines(path, encoding))
    if separator == SPACES:
        for number, line in enumerate(lines, start=1):
            if (cells := line.split()) and not cells[0].startswith("#"):
                yield number, cells
        return
    reader = csv.reader(lines, delimiter=separator, strict=True, skipinitialspace=True)
    while True:
        first = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            where, longest = f"{path} line {first}", csv.field_size_limit()
            if "field larger" in str(error):
                found = f"a cell has more than {longest} characters"
                raise _problem(where, found, "is it a table of pictures?") from None
            remedy = 'close it, or write "" for a quote in a name'
            raise _problem(where, f"a quote is not closed ({error})", remedy) from None
        if first == 1 and _told_separator(separator.join(cells)):
            continue
        if any(cell.strip() for cell in cells) and not cells[0].startswith(COMMENT):
            yield first, cells


def _problem(where: object, found: str, remedy: str) -> InputError:
    return InputError("table of labels", [Problem(str(where), found, remedy)])
