"""Names of classes as the tables of format `folder` can hold them."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from seedmask.dataset.formats.coco_categories import CATEGORIES
from seedmask.dataset.formats.voc import VOC_CLASSES
from seedmask.errors import SeedmaskError
from seedmask.methods.weak_labels import UNLABELLED


@dataclass(frozen=True)
class KnownClasses:
    """Classes of a public data set, and the pattern of its image ids."""

    names: tuple[str, ...]
    pattern: str

    @property
    def is_id(self) -> Callable[[str], object]:
        """Whether an id has the pattern of the data set."""
        return re.compile(self.pattern).fullmatch


KNOWN_CLASSES = {
    "voc": KnownClasses(VOC_CLASSES, r"\d{4}_\d{6}"),
    "coco": KnownClasses(tuple(CATEGORIES), r"(COCO_[a-z0-9]+_)?\d{12}"),
}


def numbered(width: int) -> tuple[str, ...]:
    """Placeholders for the names of classes."""
    return tuple(f"class_{number:0{len(str(width))}d}" for number in range(1, width + 1))


MOST_CLASSES = UNLABELLED - 1
"""Labels are 8 bits: 0 background, 254 unlabelled, 255 ignored."""


def usable_names(names: Iterable[str]) -> dict[str, str]:
    """Each name with a valid name for a class, mostly itself.

    Raises:
        SeedmaskError: there are more than 253, or two would get the same.
    """
    found = {name: _usable(name) for name in names}
    if len(found) > MOST_CLASSES:
        raise SeedmaskError(
            f"{len(found)} classes ({', '.join(list(found)[:3])}, ...), expected at most {MOST_CLASSES}, as labels are "
            "8 bits; merge classes, or leave some out"
        )
    taken: dict[str, str] = {}
    for name, new in found.items():
        if taken.setdefault(new, name) != name:
            raise SeedmaskError(f'classes "{taken[new]}" and "{name}" would both be called "{new}"; rename one of them')
    return found


def changed(names: Mapping[str, str]) -> list[str]:
    """Notes about names that changed."""
    return [f'class "{old}" is called "{new}", which every table can hold' for old, new in names.items() if old != new]


def _usable(name: str) -> str:
    text = unicodedata.normalize("NFC", name).replace(";", ",")
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    text = " ".join(text.split()) if text != text.strip() or "  " in text else text
    return text if text not in ("", "?") and text.lower() != "background" else f"class {text}".strip()
