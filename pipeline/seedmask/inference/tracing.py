"""Networks as ONNX files whose batch, height and width are free.

This uses PyTorch's tracing exporter: the newer one is many times slower and needs another package. The tracing exporter
cannot pool images of any size to a fixed grid, so pooling is written as slices.
"""

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import Any

import jaxtyping
import torch
from torch import nn
from torch.nn import functional

OPSET = 18
"""Version of the operators; the first that shrinks images without aliasing."""
FREE = {4: {0: "N", 2: "H", 3: "W"}, 3: {0: "N", 1: "H", 2: "W"}, 2: {0: "N"}, 1: {}}
"""Axes whose length is free, by the number of axes: of images and their maps, of one map each, of vectors, of sizes."""


class TracingError(Exception):
    """A network has an operation that ONNX does not have, or computes something else there; the reason in words."""


def trace(network: nn.Module, images: torch.Tensor, inputs: str, outputs: Sequence[str]) -> bytes:
    """A network as an ONNX file.

    Args:
        network: in evaluation mode, of images (N, 3, H, W).
        images: what the exporter shows it.
        inputs: name of the images in the file.
        outputs: names of the tensors that the network returns.

    Raises:
        TracingError: it has an operation that ONNX does not have.
    """
    file = io.BytesIO()
    with torch.no_grad():
        found = network(images)
    shapes = [one.shape for one in ((found,) if isinstance(found, torch.Tensor) else found)]
    free = {name: FREE[len(shape)] for name, shape in zip((inputs, *outputs), (images.shape, *shapes), strict=True)}
    try:
        with warnings.catch_warnings(), redirect_stdout(io.StringIO()), _traced_sizes(), _pooling_as_slices():
            warnings.simplefilter("ignore")  # about the older exporter and traced sizes
            torch.onnx.export(
                network,
                (images,),
                file,  # pyright: ignore[reportArgumentType]  the tracing exporter takes files; its annotation is too narrow
                input_names=[inputs],
                output_names=[*outputs],
                dynamic_axes=free,
                opset_version=OPSET,
                dynamo=False,
            )
    except Exception as error:  # the exporter's errors have no common ancestor
        raise TracingError(first_line(error)) from error
    return file.getvalue()


def add_metadata(data: bytes, facts: dict[str, str]) -> bytes:
    """An ONNX file with metadata added."""
    import onnx

    model = onnx.load_from_string(data)
    model.producer_name = "seedmask"
    onnx.helper.set_model_props(model, facts)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def session_of(data: bytes) -> Any:
    """An ONNX file ready to run on the CPU, with as many threads as torch has."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads, options.inter_op_num_threads = torch.get_num_threads(), 1
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def random_images(count: int, height: int, width: int) -> torch.Tensor:
    """Smooth random images in 0..1, always the same ones."""
    coarse = torch.rand(count, 3, 7, 9, generator=torch.Generator().manual_seed(0))
    return functional.interpolate(coarse, (height, width), mode="bilinear")


def first_line(error: Exception) -> str:
    """What a library says of an error, less the lines about its insides."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def _traced_sizes() -> Iterator[None]:
    """While a network is traced its sizes are tensors, which checks of shapes do not take for numbers."""
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    try:
        yield
    finally:
        jaxtyping.config.update("jaxtyping_disable", before)


@contextmanager
def _pooling_as_slices() -> Iterator[None]:
    """Replace torch's `adaptive_avg_pool2d` by `pool_to_grid` within a block."""
    before = functional.adaptive_avg_pool2d
    functional.adaptive_avg_pool2d = pool_to_grid
    try:
        yield
    finally:
        functional.adaptive_avg_pool2d = before


def pool_to_grid(input: torch.Tensor, output_size: int | tuple[int, ...]) -> torch.Tensor:  # noqa: A002  torch's names
    """The means of `adaptive_avg_pool2d`, as slices whose borders follow the size of the image.

    Along an axis of length L, cell k of n goes from ⌊kL/n⌋ to ⌈(k+1)L/n⌉.
    """
    rows, columns = (output_size, output_size) if isinstance(output_size, int) else output_size
    for axis, cells in ((2, rows), (3, columns)):
        length = input.shape[axis]
        borders = [(k * length // cells, ((k + 1) * length + cells - 1) // cells) for k in range(cells)]
        parts = [input.narrow(axis, first, end - first).mean(axis, keepdim=True) for first, end in borders]
        input = torch.cat(parts, axis)  # noqa: A001
    return input
