"""JSON files of a folder: each is parsed once or twice, though many kinds of labels look at it."""

import json
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from seedmask.dataset.regular import read_file
from seedmask.errors import InputError
from seedmask.intake.scan import FolderScan

KEPT_BYTES = 1 << 26
"""Files up to this size together stay parsed; values take several times the memory of their text."""
MOST_KEYS = 64
"""Keys of an object that are looked at: some objects have one for each image."""


@dataclass(frozen=True)
class JsonKeys:
    """What a file holds, as far as it shows whose it is.

    Args:
        is_list: whether it is a list.
        keys: keys of the object, or of the first object of the list.
        inner: keys of the first object that is one of their values, or lies in a list there.
    """

    is_list: bool
    keys: frozenset[str]
    inner: frozenset[str]


def json_files(scan: FolderScan, fits: Callable[[JsonKeys], bool]) -> Iterator[tuple[str, Any]]:
    """Name and value of each JSON file with keys that fit; those that cannot be read are passed over."""
    for name, path in scan.with_suffix(".json"):
        keys = _keys_or_fault(path)
        if isinstance(keys, JsonKeys) and fits(keys):
            yield name, _values.read(path)


def read_json(path: Path) -> Any | None:
    """Value of a file; None where it cannot be read. A top-level `imageData`, an image as text, is left out.

    Callers share the value and must not change it.
    """
    return None if json_fault(path) else _values.read(path)


def json_fault(path: Path) -> str:
    """Why a file cannot be read as JSON, for a note; empty where it can."""
    found = _keys_or_fault(path)
    return found if isinstance(found, str) else ""


class _Values:
    """Values of the files that were read last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, int, int], tuple[Any, int]] = OrderedDict()
        self._bytes = 0

    def read(self, path: Path) -> Any:
        """Value of a file.

        Raises:
            InputError: it cannot be opened, or is too large.
            ValueError: it is not JSON.
        """
        key = _key(path)
        if key not in self._kept:
            value, size = _parsed(path)
            if size > KEPT_BYTES:
                return value
            self._kept[key] = value, size
            self._bytes += size
            while self._bytes > KEPT_BYTES:
                self._bytes -= self._kept.popitem(last=False)[1][1]
        return self._kept[key][0]


_values = _Values()


def _parsed(path: Path) -> tuple[Any, int]:
    """Value of a file, and the number of bytes of text that it holds."""
    data = read_file(path)
    value = json.loads(data.decode("utf-8-sig"))
    pixels = value.pop("imageData", None) if isinstance(value, dict) else None
    return value, len(data) - (len(pixels) if isinstance(pixels, str) else 0)


def _keys_or_fault(path: Path) -> JsonKeys | str:
    """Keys of a file, or why it cannot be read."""
    try:
        return _keys_of(_key(path))
    except InputError as error:
        return error.problems[0].found
    except json.JSONDecodeError as error:
        return f"is not JSON (line {error.lineno}, column {error.colno}: {error.msg})"
    except (ValueError, RecursionError, OSError) as error:
        return f"is not JSON ({error})"


def _key(path: Path) -> tuple[Path, int, int]:
    """A file as it is now: a later version has another key."""
    facts = path.stat()
    return path, facts.st_mtime_ns, facts.st_size


@cache
def _keys_of(key: tuple[Path, int, int]) -> JsonKeys:
    value = _values.read(key[0])
    first = next((item for item in value if isinstance(item, dict)), {}) if isinstance(value, list) else value
    if not isinstance(first, dict):
        return JsonKeys(False, frozenset(), frozenset())
    inner = next(_objects(islice(first.values(), MOST_KEYS)), {})
    return JsonKeys(isinstance(value, list), _some_keys(first), _some_keys(inner))


def _some_keys(value: dict[str, Any]) -> frozenset[str]:
    return _shared(frozenset(islice(value, MOST_KEYS)))


@cache
def _shared(keys: frozenset[str]) -> frozenset[str]:
    """One object for equal sets: a folder may hold a file of the same kind for each image."""
    return keys


def _objects(values: Iterable[Any]) -> Iterator[dict[str, Any]]:
    """Objects among some values, or first in lists there."""
    for value in values:
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, dict):
            yield first
