"""Names of classes as the tables of format `folder` can hold them."""

import unicodedata
from collections.abc import Iterable, Mapping

from pipeline.errors import SeedmaskError
from pipeline.methods.weak_labels import UNLABELLED

MOST_CLASSES = UNLABELLED - 1
"""Labels are 8 bits: 0 is background, 254 what nobody labelled, and 255 what is ignored."""


def usable_names(names: Iterable[str]) -> dict[str, str]:
    """Each name with one that a class can have, mostly itself.

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
    """What is to be said of names that changed."""
    return [f'class "{old}" is called "{new}", which every table can hold' for old, new in names.items() if old != new]


def _usable(name: str) -> str:
    text = unicodedata.normalize("NFC", name).replace(";", ",")
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    text = " ".join(text.split()) if text != text.strip() or "  " in text else text
    return text if text not in ("", "?") and text.lower() != "background" else f"class {text}".strip()
