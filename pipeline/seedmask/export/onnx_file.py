"""Segmenters as ONNX files: images in, probabilities out, with normalisation and class names inside."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import nn

from seedmask.errors import SeedmaskError
from seedmask.export.variants import refuse_existing
from seedmask.inference.tracing import TracingError, add_metadata, first_line, random_images, session_of, trace
from seedmask.prediction.segmenter import Segmenter, load_segmenter
from seedmask.storage.files import write_atomic

FILE = "segmenter.onnx"
TRACED = (2, 128, 160)
"""Batch, height and width of the images that the exporter traces."""
CHECKED = ((1, 192, 128), (3, 141, 165))
"""Further sizes on which the file is checked."""
AGREEING = 0.999
"""Share of the pixels that must get the same label; another order of summation can decide a tie."""


def export_onnx(results: Path, reference: str, out: Path, *, force: bool = False) -> int:
    """Write `<out>/segmenter.onnx`, after running it and comparing it with the network.

    Input `pictures`: uint8 (N, 3, H, W), RGB; output `probabilities`: float32 (N, C, H, W), which sum to one over C;
    background comes first, where there is one. N, H and W are free. The file holds the network alone: no windows,
    scales, mirror images or CRF.
    Metadata: `segmenter`, and as JSON `labels` (name of each of the C), `settings`, `pixel_labels`, `made_elsewhere`.
    Where the data set has `bands` or `range`, `pictures` (JSON) holds bands and limits, which the caller must apply.

    Args:
        results: `results/<data set>`.
        reference: `segmenters/crf`.
        out: folder of the file.
        force: overwrite an existing file.

    Returns:
        Number of files: 1.

    Raises:
        SeedmaskError: onnx or onnxruntime is not installed; the file exists; the segmenter does not exist, or its
            network cannot be exported, or the file gives other labels than the network.
    """
    for package in ("onnx", "onnxruntime"):
        if importlib.util.find_spec(package) is None:
            raise SeedmaskError(f"ONNX files need {package}, which is not installed; `pip install 'seedmask[onnx]'`")
    path = out / FILE
    refuse_existing([path], force=force)
    segmenter = load_segmenter(results / reference, device="cpu")
    network = Probabilities(segmenter.network).eval()
    data = add_metadata(trace_network(network, segmenter.name), onnx_metadata(segmenter))
    check_onnx(data, network, segmenter.name)
    write_atomic(path, data)
    return 1


class Probabilities(nn.Module):
    """A segmenter from uint8 to softmax, as the file holds it.

    Args:
        network: RGB in 0..1 to logits.
    """

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, images: UInt8[torch.Tensor, "N 3 H W"]) -> Float[torch.Tensor, "N C H W"]:
        """Probabilities of RGB images."""
        return self.network(images.float() / 255).softmax(dim=1)


def trace_network(network: nn.Module, name: str) -> bytes:
    """A network as an ONNX file whose batch, height and width are free.

    Args:
        network: `Probabilities` in evaluation mode.
        name: of the segmenter, for messages.

    Raises:
        SeedmaskError: it has an operation that ONNX does not have.
    """
    try:
        return trace(network, _pictures(*TRACED), "pictures", ["probabilities"])
    except TracingError as error:
        raise _refusal(name, str(error)) from error


def onnx_metadata(segmenter: Segmenter) -> dict[str, str]:
    """Metadata of the file."""
    return {
        "segmenter": segmenter.name,
        "labels": json.dumps(list(segmenter.labels.values()), ensure_ascii=False),
        "pixel_labels": json.dumps(segmenter.pixel_labels, ensure_ascii=False),
        "made_elsewhere": json.dumps(segmenter.made_elsewhere, ensure_ascii=False),
        "settings": json.dumps(segmenter.settings, ensure_ascii=False),
        **{key: json.dumps(value) for key, value in segmenter.reading.as_facts().items()},
    }


def check_onnx(data: bytes, network: nn.Module, name: str) -> None:
    """Run a file on images of several sizes, and compare it with the network.

    Raises:
        SeedmaskError: it cannot be run, or gives other labels than the network.
    """
    for size in (TRACED, *CHECKED):
        images = _pictures(*size)
        with torch.no_grad():
            expected = network(images).numpy()
        try:
            output = np.asarray(session_of(data).run(None, {"pictures": images.numpy()})[0])
        except Exception as error:  # the library's errors have no common ancestor
            raise _refusal(name, f"pictures of {size[1:]}: {first_line(error)}") from error
        same = output.shape == expected.shape and np.mean(output.argmax(axis=1) == expected.argmax(axis=1))
        if same < AGREEING:
            raise _refusal(name, f"pictures of {size[1:]}: {same:.1%} of the labels are the network's")


def _pictures(count: int, height: int, width: int) -> UInt8[torch.Tensor, "N 3 H W"]:
    return (random_images(count, height, width) * 255).to(torch.uint8)


def _refusal(name: str, reason: str) -> SeedmaskError:
    return SeedmaskError(
        f"{name} cannot be exported to ONNX ({reason}); `seedmask predict` and `load_segmenter` read it directly"
    )
