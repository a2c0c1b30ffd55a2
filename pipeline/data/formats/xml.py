"""XML files of annotations, without entities.

A document type can define entities that stand for billions of characters, or for other files. Annotations have none, so
it is refused as soon as it begins; what expat would make of it never matters.
"""

from pathlib import Path
from typing import Any, NoReturn
from xml.etree import ElementTree

from pipeline.data.formats.listing import Findings
from pipeline.data.regular import read_file
from pipeline.errors import InputError


class _DoctypeError(Exception):
    """A document type begins."""


class _Builder(ElementTree.TreeBuilder):
    """Builds elements, and refuses what comes before them."""

    def doctype(self, *_: Any) -> NoReturn:
        raise _DoctypeError


def read_xml(path: Path, findings: Findings) -> ElementTree.Element | None:
    """Root of a file; None, and a problem, where it cannot be read."""
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
