"""A pickled dict of arrays, as `numpy.save` writes it, read without running any code of the file.

Every name that a pickle may ask for is answered by a stand-in of this module; all others are refused by name. NumPy's
own classes are never given the file's bytes: arrays are built here, from numbers of a fixed size. Tensors of torch,
which IRN (Ahn et al., CVPR 2019) puts into such dicts, are read as arrays in the same way, without torch.
"""

import io
import math
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NoReturn

import numpy as np

from seedmask.dataset.regular import read_file
from seedmask.errors import SeedmaskError

NUMBERS = ("b1", "u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8")
STORAGES = {"Bool": "b1", "Byte": "u1", "Char": "i1", "Short": "i2", "Int": "i4", "Long": "i8", "Half": "f2",
            "Float": "f4", "Double": "f8"}  # fmt: skip
"""Types of numbers by the names of torch's storages."""


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


class _Storage:
    """Stand-in for a storage of torch, whose numbers stand behind its pickle."""

    def __init__(self, code: str):
        self.code = code


def _storage(data: Any) -> np.ndarray:
    """Numbers of a storage of torch, from the stream of its own that torch puts into a pickle.

    The stream is five pickles, a mark, a version, facts about the machine, the storage and its name, and then the
    number of its values, in 8 bytes, and the values.
    """
    if not isinstance(data, bytes):
        raise _RefusedError(f"a tensor out of {type(data).__name__}")
    stream = io.BytesIO(data)
    *_, storage, _ = [_StorageReader(stream).load() for _ in range(5)]
    if not isinstance(storage, _Storage):
        raise _RefusedError("a tensor without numbers")
    count, size = int.from_bytes(stream.read(8), "little"), np.dtype(storage.code).itemsize
    values = stream.read()
    if len(values) != count * size:
        raise _RefusedError(f"a tensor of {count} numbers, with {len(values)} bytes in the place of {count * size}")
    return np.frombuffer(values, f"<{storage.code}")


def _tensor(numbers: Any, offset: Any, shape: Any, strides: Any, *_: Any) -> np.ndarray:
    """A tensor of torch as an array: some of the numbers of its storage."""
    if not isinstance(numbers, np.ndarray) or numbers.ndim != 1 or not isinstance(shape, tuple | list):
        raise _RefusedError("a tensor without numbers")
    whole = [offset, *shape, *strides]
    if len(shape) != len(strides) or not all(type(number) is int and number >= 0 for number in whole):
        raise _RefusedError("a tensor of an odd shape")
    count, last = math.prod(shape), offset + sum((n - 1) * step for n, step in zip(shape, strides, strict=True))
    if count > len(numbers) or (count and last >= len(numbers)):
        raise _RefusedError("a tensor larger than its numbers")
    steps = [step * numbers.itemsize for step in strides]
    view = np.lib.stride_tricks.as_strided(numbers[offset:], shape, steps) if count else np.zeros(shape, numbers.dtype)
    return view.copy()


def _no_hooks(*hooks: Any) -> dict[Any, Any]:
    if hooks:
        raise _RefusedError("a tensor with hooks")
    return {}


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
    ("torch._utils", "_rebuild_tensor_v2"): _Call(_tensor),
    ("torch.storage", "_load_from_bytes"): _Call(_storage),
    ("collections", "OrderedDict"): _Call(_no_hooks),
    **{("torch", f"{name}Storage"): code for name, code in STORAGES.items()},
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


class _StorageReader(_Reader):
    """Takes the storage of a tensor too, whose numbers follow the pickle."""

    def persistent_load(self, pid: Any) -> _Storage:
        kind, code, *_ = pid if isinstance(pid, tuple) and len(pid) > 1 else ("", "")
        if kind != "storage" or code not in STORAGES.values():
            raise _RefusedError(f"an object outside the file, {pid!r}")
        return _Storage(code)


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
