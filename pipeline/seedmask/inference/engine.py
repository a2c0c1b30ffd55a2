"""What computes a network: torch, or on a CPU ONNX Runtime, which takes about six tenths of torch's time there.

A function of a network, such as `score_maps`, is traced once and kept as an ONNX file in the folder of its variant; of
other weights or damaged, it is made again.
"""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from seedmask.config.base import Engine, Precision
from seedmask.errors import SeedmaskError
from seedmask.events import note
from seedmask.fingerprint import digest
from seedmask.inference.bfloat16 import in_bfloat16
from seedmask.inference.outputs import TensorParts, Whole
from seedmask.inference.tracing import TracingError, add_metadata, first_line, random_images, session_of, trace
from seedmask.storage.files import DISK_ERRORS
from seedmask.storage.lock import only_writer
from seedmask.storage.traced import lock_of, read_refusal, read_traced, write_traced

TRACED = (2, 128, 160)
"""Batch, height and width of the images that the exporter is shown."""
CHECKED = (1, 141, 165)
"""Those that a file is checked on."""
CLOSE = 1e-3
"""Largest difference of the two engines, as a share of the largest number; half a grey level of maps."""
EXPORT_SECONDS = 30
"""An export of a large network takes a while; jobs that start together wait for the first one's."""
FORMAT = 1
"""Raised where files of before must not be used any more."""
PACKAGES = ("onnx", "onnxruntime")
IMAGES = "images"


@dataclass(frozen=True)
class NetworkSource:
    """A network that is only built where it is needed, and where ONNX files of it lie.

    Args:
        name: of the variant that it belongs to, for messages: `classifiers/cam`.
        build: makes it in evaluation mode, on its device.
        folder: of the variant; None where one process alone needs the files, which are not kept then.
        made_of: JSON of all that decides it: weights, settings, code.
    """

    name: str
    build: Callable[[], Any]
    folder: Path | None = None
    made_of: Any = None

    @cached_property
    def network(self) -> Any:
        """The network; an `nn.Module`."""
        return self.build()

    def function(
        self, name: str, engine: Engine, device: str, precision: Precision = "float32"
    ) -> Callable[[torch.Tensor], Any]:
        """A function of the network for images (N, 3, H, W), which an engine computes from the first call on.

        Torch's number of threads must be set before that; ONNX Runtime takes as many.

        Args:
            name: a method that returns a tensor, or a named tuple of tensors, sizes and plain values.
            engine: `auto`, `torch` or `onnx`.
            device: `cpu` or `cuda`.
            precision: `bfloat16` is computed by torch; what the function returns is float32 of it.

        Raises:
            SeedmaskError: at the first call, of `onnx` on a GPU, without its packages, or of a network that cannot be
                exported; of `bfloat16` on a device that lacks it.
        """
        compute = cache(partial(self._computed_by, engine, name, device, precision))
        return lambda images: compute()(images)

    def _computed_by(
        self, engine: Engine, name: str, device: str, precision: Precision
    ) -> Callable[[torch.Tensor], Any]:
        if precision == "bfloat16":
            return in_bfloat16(self.name, self.network, name, device)
        if engine == "torch" or (engine == "auto" and device != "cpu"):
            return getattr(self.network, name)
        try:
            if device != "cpu":
                raise TracingError("there is a GPU, and ONNX Runtime computes on the CPU here")
            return _OnnxFunction(self.name, self._file(name))
        except TracingError as reason:
            if engine == "onnx":
                raise SeedmaskError(f"{self.name}: {reason}; set `engine: torch`, or `auto`") from reason
            note("%s: torch computes it, which takes longer: %s", self.name, reason)
        return getattr(self.network, name)

    def _file(self, function: str) -> bytes:
        """The ONNX file of a function; made, and kept where there is a folder, if there is none."""
        if missing := [package for package in PACKAGES if importlib.util.find_spec(package) is None]:
            raise TracingError(f"{missing[0]} is not installed; `pip install 'seedmask[onnx]'`")
        if self.folder is None:
            return exported(self.network, function)
        try:
            with only_writer(lock_of(self.folder), f"the ONNX file of {self.name}", EXPORT_SECONDS):
                return self._kept(self.folder, function)
        except OSError as error:
            if error.errno not in DISK_ERRORS:
                raise
            note("%s: its ONNX file is made for this process alone: %s", self.name, error)
        return exported(self.network, function)

    def _kept(self, folder: Path, function: str) -> bytes:
        key = digest([FORMAT, function, self.made_of])
        if (reason := read_refusal(folder, function, key)) is not None:
            raise TracingError(reason)
        if (data := read_traced(folder, function, key)) is None:
            try:
                data = exported(self.network, function)
            except TracingError as error:
                write_traced(folder, function, key, str(error))
                raise
            write_traced(folder, function, key, data)
        return data


def exported(network: nn.Module, function: str) -> bytes:
    """A function of a network as an ONNX file, checked on images of another size.

    Raises:
        TracingError: it has an operation that ONNX does not have, or other numbers there.
    """
    traced, images = TensorParts(network, function).eval(), random_images(*CHECKED)
    with torch.no_grad():
        expected = traced(images)
    data = trace(traced, random_images(*TRACED), IMAGES, [f"part{number}" for number in range(len(expected))])
    data = add_metadata(data, {"fields": json.dumps(traced.fields), "plain": json.dumps(traced.plain)})
    try:
        found = session_of(data).run(None, {IMAGES: images.numpy()})
    except Exception as error:  # the library's errors have no common ancestor
        raise TracingError(f"ONNX Runtime refuses images of {CHECKED[1:]}: {first_line(error)}") from error
    for one, other in zip(expected, found, strict=True):
        _check(one.numpy(), np.asarray(other))
    return data


def _check(expected: np.ndarray, found: np.ndarray) -> None:
    if expected.shape != found.shape:
        raise TracingError(f"its outputs are {found.shape} in ONNX where they are {expected.shape} in torch")
    largest, apart = np.abs(expected).max(initial=0), np.abs(found - expected).max(initial=0)
    if not apart <= CLOSE * largest:
        raise TracingError(f"its outputs in ONNX differ by {apart:.2g} from those of torch, up to {largest:.2g}")


class _OnnxFunction:
    """A function of a network as torch has it, computed by ONNX Runtime."""

    def __init__(self, name: str, data: bytes):
        self._name, self._session = name, session_of(data)
        facts = self._session.get_modelmeta().custom_metadata_map
        self._whole = Whole(json.loads(facts["fields"]), json.loads(facts["plain"]))

    def __call__(self, images: torch.Tensor) -> Any:
        try:
            found = self._session.run(None, {IMAGES: images.contiguous().numpy()})
        except Exception as error:  # the library's errors have no common ancestor
            size = " x ".join(map(str, images.shape))
            raise SeedmaskError(
                f"{self._name}: ONNX Runtime fails on images of {size}: {first_line(error)}; set `engine: torch`"
            ) from error
        return self._whole.of(torch.from_numpy(part) for part in found)
