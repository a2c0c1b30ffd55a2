"""Maps of all classes of an image in one NPY or NPZ file: plain arrays, and the dictionaries of IRN and PMM.

IRN (Ahn et al., CVPR 2019) and what follows it save `{"keys": classes, "cam": maps at a fourth of the size,
"high_res": maps}`, PMM (Li et al., ICCV 2021) and SEAM `{class: map}`, both with classes from 0.
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Shaped

from seedmask.dataset.pickles import read_pickled_npy
from seedmask.dataset.regular import MOST_BYTES, read_file
from seedmask.errors import InputError, Problem, SeedmaskError

SUFFIXES = (".npy", ".npz")
CLASSES = ("keys", "classes")
"""Entries that hold the numbers of the classes."""
MAPS = ("high_res", "cam", "cams")
"""Entries that hold a map for each of these classes, the finest first."""

Maps = Shaped[np.ndarray, "K h w"]
ByClass = Mapping[int, Shaped[np.ndarray, "h w"]]


def read_maps(path: Path, classes: Sequence[str], first_class: int) -> Maps | ByClass:
    """Maps of an image: by class number from 0, or one after another where the file does not say their classes.

    Args:
        path: NPY or NPZ file.
        classes: names of the classes.
        first_class: the number that the file gives to the first class.

    Raises:
        SeedmaskError: the file cannot be read without running code, or holds something else.
    """
    content = _read_npz(path) if path.suffix.lower() == ".npz" else _read_npy(path)
    if isinstance(content, np.ndarray):
        if content.ndim != 3:
            raise _refusal(path, f"an array {content.shape}, expected a map for each class, (K, height, width)")
        return content
    by_class = _by_class(path, content, classes, first_class)
    if odd := next((array for array in by_class.values() if array.ndim != 2), None):
        raise _refusal(path, f"a map of shape {odd.shape}, expected (height, width)")
    return by_class


def header_size(path: Path) -> tuple[int, int] | None:
    """Height and width of the maps of an NPY file by its header; None where only the whole file says it."""
    if path.suffix.lower() != ".npy":
        return None
    with path.open("rb") as stream:
        try:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape = read(stream)[0]
        except (ValueError, SyntaxError):  # reading it says what is wrong
            return None
    return (shape[1], shape[2]) if len(shape) == 3 else None


def _read_npy(path: Path) -> np.ndarray | Mapping[Any, Any]:
    pickled = read_pickled_npy(path)
    if pickled is None:
        return _loaded(path)
    if not isinstance(pickled, Mapping):
        raise _refusal(path, f"a pickled {type(pickled).__name__}, expected an array, or a dict of classes and maps")
    return pickled


def _read_npz(path: Path) -> np.ndarray | Mapping[Any, Any]:
    content = _loaded(path)
    only = next(iter(content.values())) if len(content) == 1 else None
    return only if only is not None and only.ndim == 3 else content


def _loaded(path: Path) -> Any:
    """The array of an NPY file, or those of an NPZ file by name; nothing pickled is read."""
    try:
        content = np.load(io.BytesIO(read_file(path)))
        if isinstance(content, np.ndarray):
            return content
        size = sum(member.file_size for member in content.zip.infolist())
        if size > MOST_BYTES:
            raise _refusal(path, f"{size} bytes of arrays, more than {MOST_BYTES}")
        return {name: content[name] for name in content.files}
    except InputError:
        raise
    except Exception as error:  # a damaged archive raises anything
        raise _refusal(path, f"no arrays that can be read ({error}), expected numbers alone") from error


def _is_named(content: Mapping[Any, Any]) -> bool:
    return any(name in content for name in CLASSES)


def _by_class(path: Path, content: Mapping[Any, Any], classes: Sequence[str], first_class: int) -> ByClass:
    if _is_named(content):
        content = _paired(path, content)
    found: dict[int, np.ndarray] = {}
    for key, array in content.items():
        number = _class_of(path, key, classes, first_class)
        if not isinstance(array, np.ndarray):
            raise _refusal(path, f"a {type(array).__name__} as the map of {key}, expected an array")
        if number in found:
            raise _refusal(path, f"two maps of {classes[number]}, expected one")
        found[number] = array
    return found


def _paired(path: Path, content: Mapping[Any, Any]) -> dict[int, np.ndarray]:
    """Maps by the numbers of their classes in the same file."""
    numbers = np.asarray(next(content[name] for name in CLASSES if name in content))
    maps = next((content[name] for name in MAPS if content.get(name) is not None), None)
    if not isinstance(maps, np.ndarray) or maps.ndim != 3 or numbers.dtype.kind not in "iu" or numbers.ndim != 1:
        raise _refusal(
            path,
            f"no pair of classes and maps, but {', '.join(map(str, content))}; expected `keys` (K) of whole numbers, "
            f"and `high_res` or `cam` (K, height, width)",
        )
    if len(numbers) != len(maps):
        raise _refusal(path, f"{len(numbers)} classes and {len(maps)} maps, expected as many")
    if len(set(numbers.tolist())) < len(numbers):
        raise _refusal(path, f"classes {numbers.tolist()}, expected each once")
    return dict(zip(numbers.tolist(), maps, strict=True))


def _class_of(path: Path, key: Any, classes: Sequence[str], first_class: int) -> int:
    """Number of a class from 0, from a number or a name."""
    if isinstance(key, str) and key in classes:
        return classes.index(key)
    is_number = (isinstance(key, int | np.integer) and not isinstance(key, bool)) or (
        isinstance(key, str) and key.isdecimal() and key.isascii()
    )
    if not is_number:
        raise _refusal(path, f"a map of {key!r}, which is no class; expected numbers or names of classes")
    number = int(key) - first_class
    if not 0 <= number < len(classes):
        last = first_class + len(classes) - 1
        raise InputError(
            path.name,
            [
                Problem(
                    str(path),
                    f"holds a map of class {key}, expected {first_class} to {last}",
                    "say in `first_class` which number the first class has, and give background no map",
                )
            ],
        )
    return number


def _refusal(path: Path, found: str) -> SeedmaskError:
    return InputError(path.name, [Problem(str(path), f"holds {found}", "write it again, as docs/own-maps.md says")])
