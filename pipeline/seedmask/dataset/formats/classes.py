"""The class list of a data set, and the numbers of its tags."""

from collections.abc import Iterable
from pathlib import Path

from seedmask.dataset.formats.listing import Findings
from seedmask.dataset.formats.text import read_lines, suggest_name

MOST_CLASSES = 254  # masks are 8 bits: 0 is background and 255 unlabelled


def read_classes(path: Path, findings: Findings) -> tuple[str, ...]:
    """Class names of `classes.txt`, one a line, in the order that numbers them."""
    places: dict[str, str] = {}
    for number, name in read_lines(path, findings):
        where = f"{path} line {number}"
        if name in places:
            findings.problem(where, f'class "{name}" is listed before, in {places[name]}', "delete one of the lines")
        elif _is_usable(name, where, findings):
            places[name] = where
    _check_count(path, len(places), findings)
    return tuple(places)


def checked_classes(names: Iterable[tuple[str, str]], path: Path, findings: Findings) -> tuple[str, ...]:
    """Classes of a file that is no list of lines, in their order.

    Args:
        names: each name with its place.
        path: the file, for messages.
        findings: gets names that cannot be classes.
    """
    places: dict[str, str] = {}
    for where, name in names:
        if name in places:
            remedy = "give each class one name, and each name one class"
            findings.problem(where, f'class "{name}" is named before, in {places[name]}', remedy)
        elif _is_usable(name, where, findings):
            places[name] = where
    _check_count(path, len(places), findings)
    return tuple(places)


def classes_of_tags(path: Path, tags: Iterable[tuple[str, str]], findings: Findings) -> tuple[str, ...]:
    """Classes without a class list: the tags themselves, in alphabetical order.

    Args:
        path: file of the tags.
        tags: each tag with its place; one with spaces around it makes no class.
        findings: gets a note with the order, and names that cannot be classes.
    """
    places: dict[str, str] = {}
    for where, tag in tags:
        places.setdefault(tag.strip(), where)
    classes = tuple(name for name in sorted(places) if _is_usable(name, places[name], findings))
    _check_count(path, len(classes), findings)
    findings.note(f"no classes.txt: the classes are the tags in alphabetical order ({', '.join(classes)})")
    return classes


class ClassNumbers:
    """Turns tags into class numbers and reports unknown tags."""

    def __init__(self, classes: tuple[str, ...], source: str):
        self.classes = classes
        self.source = source
        """Name of the list of classes for messages: `classes.txt`."""
        self._numbers = {name: number for number, name in enumerate(classes)}

    def numbers_of(self, tags: Iterable[str], where: str, findings: Findings) -> tuple[int, ...]:
        """Ascending numbers of the tags that are classes; the others become problems."""
        found = set()
        for tag in tags:
            number = self._numbers.get(tag)
            if number is None:
                near = suggest_name(tag, self.classes, findings)
                findings.problem(
                    where, f'tag "{tag}" is not in {self.source}{near}', f"correct the tag or {self.source}"
                )
            else:
                found.add(number)
        return tuple(sorted(found))


def _is_usable(name: str, where: str, findings: Findings) -> bool:
    if name != name.strip():
        findings.problem(where, f'class "{name}" has spaces around it', "delete the spaces")
    elif name.lower() == "background":
        findings.problem(where, f'"{name}" is listed as a class', "leave it out: background is always number 0")
    elif ";" in name or name == "?" or not name.isprintable():
        findings.problem(
            where,
            f'class "{name}" cannot be written to index.csv',
            "rename it, without `;`, `?` and invisible characters",
        )
    else:
        return True
    return False


def _check_count(path: Path, count: int, findings: Findings) -> None:
    if count == 0:
        findings.problem(path, "no classes, expected at least one", "list their names in classes.txt, one a line")
    if count > MOST_CLASSES:
        findings.problem(path, f"{count} classes, expected at most {MOST_CLASSES}", "merge or leave out classes")
