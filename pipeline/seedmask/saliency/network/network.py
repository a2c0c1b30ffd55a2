"""Networks for saliency, trained elsewhere, run by onnxruntime."""

import importlib.metadata
from collections.abc import Callable
from pathlib import Path

import numpy as np
from jaxtyping import Float

from seedmask.errors import SeedmaskError
from seedmask.networks.hashes import checked_sha256
from seedmask.saliency.network.options import PACKAGED, PackagedNetwork

Network = Callable[[Float[np.ndarray, "1 3 S S"]], Float[np.ndarray, "1 1 S S"]]


def network_file(model: str, sha256: str | None = None) -> tuple[Path, str]:
    """File of a network and its SHA-256.

    Args:
        model: `u2netp`, `u2net` or a file.
        sha256: expected hash of the file.

    Raises:
        SeedmaskError: the file or package is missing, or has another hash.
    """
    if known := PACKAGED.get(model):
        path = _packaged_file(model, known)
        return path, checked_sha256(path, known.sha256, "model_sha256")
    path = Path(model)
    if not path.is_file():
        raise SeedmaskError(f"model {model!r}: no such file; expected {', '.join(PACKAGED)} or an ONNX file")
    return path, checked_sha256(path, sha256, "model_sha256")


def load_network(path: Path, threads: int) -> Network:
    """A network from its file.

    Args:
        path: an ONNX file with one input (1, 3, 320, 320) whose first output is the map (1, 1, 320, 320) in 0..1.
        threads: CPU threads.

    Raises:
        SeedmaskError: onnxruntime is not installed, or the file is not such a network.
    """
    try:
        import onnxruntime
    except ImportError:
        raise SeedmaskError("saliency needs onnxruntime; run `pip install 'seedmask[saliency]'`") from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the library's errors have no common ancestor
        raise SeedmaskError(f"{path}: is not an ONNX network ({str(error).splitlines()[0]})") from error
    inputs, outputs = session.get_inputs(), session.get_outputs()
    if len(inputs) != 1 or len(inputs[0].shape) != 4:
        shapes = ", ".join(f"{part.name} {part.shape}" for part in inputs)
        raise SeedmaskError(f"{path}: takes {shapes}; expected one input (1, 3, 320, 320), as U2-Net has")

    def saliency(images: np.ndarray) -> np.ndarray:
        found = np.asarray(session.run([outputs[0].name], {inputs[0].name: images})[0])
        if found.shape != (1, 1, *images.shape[-2:]):
            raise SeedmaskError(f"{path}: gives {found.shape}, expected (1, 1, 320, 320), as U2-Net has")
        return found

    return saliency


def _packaged_file(model: str, known: PackagedNetwork) -> Path:
    """File of a network in its package.

    The file is looked up in the package's own list. The package is never imported: the packages of all networks, and
    `rembg` itself, share the folder `rembg/`, and its modules are those of the package that was installed last.
    """
    name, _, version = known.package.partition("==")
    try:
        files = importlib.metadata.files(name) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    paths = [path for file in files if file.name == known.file and (path := Path(str(file.locate()))).is_file()]
    if not paths:
        raise SeedmaskError(
            f"model `{model}`: the package {name} {version} is missing; run `{known.install}`, "
            "or bring maps of your own (`method: folder`)"
        )
    return paths[0]
