"""Tags in cells and fields: lists of words, words for nothing, words for yes and no."""

import ast
import json
import re
from collections.abc import Iterable
from typing import Any

BACKGROUND = frozenset(("background", "__background__", "_background_", "__ignore__", "_ignore_", "unlabeled"))
"""Names, in small letters, that stand for none of the classes."""
NOTHING = frozenset(
    ("", "nan", "none", "null", "n/a", "na", "-", "[]", "{}", "no finding", "no findings", "<na>", "no label",
     "negative")
)  # fmt: skip
"""Cells, in small letters, that stand for an image without classes."""
YES = frozenset(
    ("1", "1.0", "1,0", "true", "yes", "x", "t", "y", "ja", "wahr", "oui", "vrai", "si", "sí", "verdadero", "vero")
)
NO = frozenset(("0", "0.0", "0,0", "false", "no", "", "f", "n", "nan", "nein", "falsch", "non", "faux", "falso"))
UNKNOWN = frozenset(("-1", "-1.0", "-1,0"))
"""Cells of a column for one class, in small letters, as programs write them in several languages."""
MARKS = (frozenset("x"), frozenset("yn"), frozenset("tf"))
"""Single letters that are yes and no where a column holds nothing else."""
OBJECTS = re.compile(r"^[\[(]?\s*\{")
"""How a cell begins that holds JSON's objects."""
ODD_SPACES = {0xA0: " ", 0x202F: " ", 0x200B: None, 0x2060: None, 0xFEFF: None}


def plain_spaces(text: str) -> str:
    """A text with plain spaces for those that do not break, and without those of no width."""
    return text if text.isascii() else text.translate(ODD_SPACES)


def is_background(name: str) -> bool:
    """Whether a name stands for none of the classes."""
    return name.strip().lower() in BACKGROUND


def is_nothing(cell: str) -> bool:
    """Whether a cell says that an image shows no class."""
    return cell.strip().lower() in NOTHING


def listed_words(cell: str) -> tuple[str, ...] | None:
    """Tags of a cell that holds a list, as Python, JSON or Label Studio write it; None for other cells."""
    text = cell.strip()
    if text[:1] + text[-1:] not in ("[]", "{}", "()"):
        return None
    if re.search(r"""['"]\s+['"]""", text):  # numpy prints ['cow' 'sheep'], which Python would join to one word
        return tuple(one or other for one, other in re.findall(r"'([^']*)'|\"([^\"]*)\"", text))
    for read in (json.loads, ast.literal_eval):
        try:
            return tuple(words_of(read(text)))
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
    return None


def words_of(value: Any) -> Iterable[str]:
    """Words in a value of JSON: a text, a number, a list of them, or Label Studio's `{"choices": [...]}`.

    Raises:
        ValueError: it holds something else.
    """
    if isinstance(value, str):
        return (value.strip(),)
    if isinstance(value, dict):
        keys = [key for key in value if key == "choices" or str(key).endswith("labels")]
        if len(keys) != 1:
            raise ValueError("is no list of words")
        return words_of(value[keys[0]])
    if isinstance(value, int) and not isinstance(value, bool):
        return (str(value),)
    if isinstance(value, list | tuple | set):
        return tuple(word for item in value for word in words_of(item))
    raise ValueError("is no list of words")
