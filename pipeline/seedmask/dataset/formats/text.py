"""Text files of a data set: lists, tables, JSON, and XML without entities.

A document type of XML can define entities that stand for billions of characters, or for other files. Annotations have
none, so it is refused as soon as it begins; what expat would make of it never matters.
"""

import csv
import difflib
import json
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.regular import read_file
from seedmask.errors import InputError, Problem

NEAREST_SEARCHES = 20
Element = ElementTree.Element
"""An element of `read_xml`."""


def read_lines(path: Path, findings: Findings) -> list[tuple[int, str]]:
    """Lines that are not blank, with their numbers from 1; no lines if the file cannot be read.

    Takes UTF-8 with or without BOM and any line ending. Characters are composed (NFC), so that names written
    on different systems compare equal.
    """
    try:
        data = read_file(path)
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        findings.problem(f"{path} line {line}", "the text is not UTF-8", "save the file as UTF-8")
        return []
    except InputError as error:
        findings.problems += error.problems
        return []
    lines = re.split(r"\r\n|\r|\n", unicodedata.normalize("NFC", text))
    return [(number, line) for number, line in enumerate(lines, start=1) if line.strip()]


def read_rows(path: Path, findings: Findings) -> list[tuple[str, list[str]]]:
    """Rows of a comma-separated table, each with its place (`tags.csv line 14`), without the header.

    The header is a first row whose first cell is `image`. Rows of empty cells, as spreadsheets leave them,
    are left out.
    """
    rows = []
    for number, line in read_lines(path, findings):
        where = f"{path} line {number}"
        try:
            cells = next(csv.reader([line], strict=True))
        except csv.Error:
            longest = csv.field_size_limit()
            if len(line) > longest:
                findings.problem(where, f"a cell has more than {longest} characters", "is it a table of pictures?")
            else:
                remedy = 'close it, or write "" for a quote in a name'
                findings.problem(where, "a quote is not closed on its line", remedy)
            continue
        if any(cell.strip() for cell in cells):
            rows.append((where, cells))
    if rows and rows[0][1][0].strip().lower() == "image":
        return rows[1:]
    return rows


def suggest_name(name: str, names: Collection[str], findings: Findings) -> str:
    """` (nearest: "cow")` for a message; empty if no name is near."""
    if len(findings.problems) >= NEAREST_SEARCHES:
        return ""
    found = difflib.get_close_matches(name, names, n=1)
    return f' (nearest: "{found[0]}")' if found else ""


def read_json(path: Path) -> Any:
    """Content of a JSON file in UTF-8, with or without BOM.

    Raises:
        InputError: the file cannot be read, or it is not JSON: with line and column; JSON Lines are named as such.
    """
    try:
        text = read_file(path).decode("utf-8-sig")
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{path} line {error.lineno}"
        problem = Problem(place, f"is not JSON ({error.msg}, column {error.colno})", "correct or restore the file")
        if _is_json_lines(text):
            found = "holds JSON Lines, one value a line, expected one JSON value in all"
            problem = Problem(str(path), found, "write the values as one list, or name the file `.jsonl`")
    except UnicodeDecodeError:
        problem = Problem(str(path), "the text is not UTF-8", "save the file as UTF-8")
    except (RecursionError, ValueError) as error:  # deep nesting; a number of thousands of digits
        problem = Problem(str(path), f"is JSON that cannot be read ({error})", "correct the file")
    raise InputError(path.name, [problem])


def _is_json_lines(text: str) -> bool:
    """Whether the first two lines that are not blank are each an object or a list."""
    lines = [line for line in text.splitlines() if line.strip()][:2]
    try:
        return len(lines) == 2 and all(isinstance(json.loads(line), dict | list) for line in lines)
    except (RecursionError, ValueError):
        return False


class _DoctypeError(Exception):
    """A document type begins."""


class _Builder(ElementTree.TreeBuilder):
    """Builds elements, and refuses a document type."""

    def doctype(self, *_: Any) -> NoReturn:
        raise _DoctypeError


def read_xml(path: Path, findings: Findings) -> ElementTree.Element | None:
    """Root of a file; None and a problem if it cannot be read."""
    try:
        return ElementTree.fromstring(read_file(path), ElementTree.XMLParser(target=_Builder()))
    except _DoctypeError:
        findings.problem(path, "has a document type (`<!DOCTYPE`), which may hold entities", "take it out of the file")
    except ElementTree.ParseError as error:
        findings.problem(
            f"{path} line {error.position[0]}", f"not well-formed XML ({error})", "correct or restore the file"
        )
    except (ValueError, LookupError) as error:  # an encoding that does not exist or is not what it says
        findings.problem(path, f"not well-formed XML ({error})", "save the file as UTF-8")
    except InputError as error:
        findings.problems += error.problems
    return None
