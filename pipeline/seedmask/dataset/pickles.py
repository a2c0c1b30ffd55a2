"""A pickled dict of arrays, as `numpy.save` writes it, read without running any code of the file.

Every name that a pickle may ask for is answered by a stand-in of this module; all others are refused by name. NumPy's
own classes are never given the file's bytes: arrays are built here, from numbers of a fixed size.
"""

import io
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NoReturn

import numpy as np

from seedmask.dataset.regular import read_file
from seedmask.errors import SeedmaskError

NUMBERS = ("b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8")


class _Dtype:
    """Stand-in for `numpy.dtype`: a code of `NUMBERS`, or `O8` for the array around the dict."""

    def __init__(self, code: Any, *_: Any):
        self.code = code.decode("ascii", "replace") if isinstance(code, bytes) else code
        if self.code not in (*NUMBERS, "O8", "O4"):
            raise _RefusedError(f"an array of type {self.code!r}")
        self.order: Literal["<", ">", "=", "|"] = "|"

    def __setstate__(self, state: Any) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else "|"
        order = order.decode("ascii", "replace") if isinstance(order, bytes) else order
        if order not in ("<", ">", "=", "|"):
            raise _RefusedError(f"a byte order {order!r}")
        self.order = order

    def numbers(self) -> np.dtype:
        """As a type of NumPy."""
        return np.dtype(self.code).newbyteorder(self.order)


class _Array:
    """Stand-in for `numpy.ndarray`: numbers, or the list that an array of objects holds."""

    def __init__(self, *_: Any):
        self.content: Any = None

    def __setstate__(self, state: Any) -> None:
        _, shape, dtype, fortran, data = state
        if not isinstance(dtype, _Dtype):
            raise _RefusedError("an array without a type")
        if dtype.code.startswith("O"):
            if not isinstance(data, list) or len(data) != 1:
                raise _RefusedError("an array of several objects")
            self.content = data[0]
        else:
            self.content = _numbers(data, dtype, shape, "F" if fortran else "C")


class _RefusedError(Exception):
    """A request of a file that is refused."""


def _numbers(data: Any, dtype: _Dtype, shape: Any, order: Literal["C", "F"] = "C") -> np.ndarray:
    data = data.encode("latin-1") if isinstance(data, str) else data
    if not isinstance(data, bytes | bytearray):  # a number would become as many bytes
        raise _RefusedError(f"numbers out of {type(data).__name__}")
    return np.frombuffer(data, dtype.numbers()).reshape(shape, order=order).copy()


def _scalar(dtype: _Dtype, data: Any) -> Any:
    return _numbers(data, dtype, ())[()]


def _encode(text: str, encoding: str = "latin1") -> bytes:
    if encoding not in ("latin1", "latin-1"):
        raise _RefusedError(f"text in {encoding!r}")
    return text.encode("latin-1")


class _Call:
    """Stand-in for a function. Unlike the function itself it takes no attributes, which a file may want to set."""

    __slots__ = ("_function",)

    def __init__(self, function: Callable[..., Any]):
        self._function = function

    def __call__(self, *arguments: Any) -> Any:
        return self._function(*arguments)

    def __setstate__(self, state: Any) -> NoReturn:
        raise _RefusedError("a function with attributes")


ANSWERS = {
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Array for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _Call(_scalar) for core in ("core", "_core")},
    **{(f"numpy.{core}.numeric", "_frombuffer"): _Call(_numbers) for core in ("core", "_core")},
    ("_codecs", "encode"): _Call(_encode),
}
"""Objects that a file of labels may request, by module and name, and their stand-ins."""


class _Reader(pickle.Unpickler):
    """Builds dicts, texts and numbers, and arrays by their stand-ins."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ANSWERS:
            raise _RefusedError(f"{module}.{name}")
        return ANSWERS[module, name]

    def persistent_load(self, pid: Any) -> NoReturn:
        raise _RefusedError(f"an object outside the file, {pid!r}")


def read_pickled_npy(path: Path) -> Any:
    """The object in a `.npy` file, with its arrays; None for a file of plain numbers.

    Raises:
        SeedmaskError: the file asks for anything but arrays, dicts, texts and numbers, or is damaged.
    """
    try:
        with io.BytesIO(read_file(path)) as stream:
            version = np.lib.format.read_magic(stream)
            read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            _, _, dtype = read(stream)
            if not dtype.hasobject:
                return None
            data = stream.read()
    except (ValueError, OSError, SyntaxError, EOFError) as error:
        raise SeedmaskError(
            f"{path}: is not a NumPy file ({error}); get it again, or take it out of the folder"
        ) from None
    try:
        return _unwrapped(_Reader(io.BytesIO(data), encoding="latin1").load())
    except _RefusedError as refused:
        raise SeedmaskError(
            f"{path}: asks for {refused}, which may run code and is not opened; expected a dict of arrays, texts and "
            "numbers; take the file out of the folder if you do not know where it is from"
        ) from None
    except Exception as error:  # noqa: BLE001  a damaged pickle raises anything
        raise SeedmaskError(f"{path}: is damaged ({error}); get it again") from None


def _unwrapped(value: Any) -> Any:
    """The value with numbers and dicts instead of stand-ins."""
    if isinstance(value, _Array):
        return _unwrapped(value.content)
    if isinstance(value, dict):
        return {key: _unwrapped(item) for key, item in value.items()}
    return value
