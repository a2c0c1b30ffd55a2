"""Comparison of a network with a file of reference arrays."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from seedmask.errors import SeedmaskError
from seedmask.testing.differences import Difference, largest_difference
from seedmask.testing.networks.formula import formula_weights
from seedmask.testing.networks.published import PublishedNetwork, Tensors
from seedmask.testing.networks.table import KEYS, NETWORKS

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of the images, where a file has pictures alone."""
MAPS = ("cam_before", "cam_weight", "cam_prototype", "pair_cam", "hierarchical", "probabilities", "edge_probability")
"""Arrays that are normalised; their differences are absolute."""


def network_of(file: str) -> str | None:
    """The network that the name of a file of reference arrays begins with; None where there is none."""
    stem = file.removesuffix(".npz")
    names = [name for name in NETWORKS if stem == name or stem.startswith(f"{name}_")]
    return max(names, key=len, default=None)


def compare(path: Path) -> Iterator[Difference]:
    """Differences of each stage and each output of a network from reference arrays.

    Args:
        path: the arrays, `<network>_<case>.npz`; `keys_<network>.json` beside it has names and shapes of the weights.

    Yields:
        Largest differences relative to the largest value of the reference, to its deviation for stages of PMM, and
        absolute ones for maps that are normalised.

    Raises:
        SeedmaskError: the file's network is not known, its keys are missing, or its weights do not fit.
    """
    name = network_of(path.name)
    if name is None:
        raise SeedmaskError(f"{path}: no network of that name; its name begins with one of {', '.join(NETWORKS)}")
    with np.load(path) as stored:
        arrays = {key: stored[key] for key in stored.files}
    spec = _spec(path.parent / f"keys_{KEYS.get(name, name)}.json")
    kind, case = NETWORKS[name], path.stem.removeprefix(name).strip("_")
    with torch.device("meta"):  # nothing is drawn that the weights would replace
        network = kind.build(spec, case)
    network = network.to_empty(device="cpu").eval()
    kind.load(network, formula_weights(spec, float(arrays["branch_gain"])), path.name)
    hooks = Stages(network, kind, arrays.get("stage_names", np.array([])))
    with torch.no_grad():
        found = kind.outputs(network, _images(arrays), arrays)
    loose = name.startswith(("pmm", "seam", "imagenet"))
    trained = any(key.startswith("after/") for key in arrays)
    yield from _stages(path.name, hooks.found(found), arrays, by_deviation=loose, tolerance=5e-4 if trained else 2e-5)
    for key, array in found.items():
        if key in arrays:
            yield _difference(path.name, key, array, arrays[key], loose=loose, trained=trained)
    for key in sorted(set(arrays) - set(found) - _INPUTS):
        if not key.startswith("stage_"):
            yield Difference(path.name, f"{key} (not computed)", float("inf"), 0.0)


_INPUTS = {"input", "picture", "branch_gain", "valid_mask", "pair_label", "seed_margin", "crop_size"}


class Stages:
    """The outputs of the modules that a file of reference arrays names, as a network computes them."""

    def __init__(self, network: nn.Module, kind: PublishedNetwork, names: np.ndarray):
        self._calls: dict[str, list[torch.Tensor]] = defaultdict(list)
        self._where = {str(name): kind.module_of(str(name)) for name in names}
        modules = dict(network.named_modules())
        self._scales = (
            "1.0",
            *(f"{scale:g}" for scale in getattr(getattr(network, "multi_scale", None), "scales", ())),
        )
        for where in {where.partition("@")[0] for where in self._where.values()} & set(modules):
            modules[where].register_forward_hook(partial(self._keep, where))

    def _keep(self, where: str, _module: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        self._calls[where].append(output.clone())  # the next module may change it in place

    def found(self, outputs: Tensors) -> Tensors:
        """Each stage by the reference's name."""
        stages = {}
        for name, where in self._where.items():
            module, _, scale = where.partition("@")
            call = self._scales.index(scale) if scale else 0
            if f"stage/{name}" in outputs:
                stages[name] = outputs[f"stage/{name}"]
            elif len(self._calls[module]) > call:
                stages[name] = self._calls[module][call]
        return stages


def _spec(path: Path) -> Mapping[str, Any]:
    if not path.is_file():
        raise SeedmaskError(f"{path}: no such file; the names and shapes of the weights have to lie beside the arrays")
    return json.loads(path.read_text(encoding="utf-8"))


def _images(arrays: Mapping[str, np.ndarray]) -> torch.Tensor:
    if "input" in arrays:
        return torch.from_numpy(arrays["input"])
    normalised = (arrays["picture"] / 255 - np.array(MEAN)) / np.array(DEVIATION)
    return torch.from_numpy(normalised.astype(np.float32)).permute(0, 3, 1, 2).contiguous()


def _stages(
    file: str, found: Tensors, arrays: Mapping[str, np.ndarray], *, by_deviation: bool, tolerance: float
) -> Iterator[Difference]:
    """Differences of shape, mean, deviation and some values of each stage, relative to the stage's deviation."""
    for number, name in enumerate(map(str, arrays.get("stage_names", ()))):
        stage = found.get(name)
        if stage is None or list(stage.shape) != arrays["stage_shapes"][number].tolist():
            shape = "not computed" if stage is None else f"shape {list(stage.shape)}"
            yield Difference(file, f"{name} ({shape})", float("inf"), 0.0)
            continue
        values = stage.double().flatten().numpy()
        last = len(values) - 1
        places = np.linspace(0, last, 16).round().astype(int) if by_deviation else last * np.arange(16) // 15
        expected = arrays["stage_slice"][number], arrays["stage_mean"][number], arrays["stage_std"][number]
        ours = values[places], values.mean(), values.std()
        scale = float(arrays["stage_std"][number])
        if not by_deviation:
            scale = max(scale, float(np.abs(arrays["stage_slice"][number]).max()))
        worst = max(float(np.abs(a - b).max()) for a, b in zip(ours, expected, strict=True)) / scale
        yield Difference(file, name, worst, 2e-4 if by_deviation else tolerance)


def _difference(
    file: str, key: str, found: torch.Tensor, expected: np.ndarray, *, loose: bool, trained: bool
) -> Difference:
    largest = largest_difference(found.numpy(), expected)
    if not loose and key.startswith(MAPS):
        return Difference(file, key, largest, 5e-5)
    relative = largest / (float(np.abs(expected).max(initial=0)) or 1)
    if loose:
        return Difference(file, key, relative, 1e-3 if key.endswith("_training") else 1e-4)
    if trained:
        return Difference(file, key, relative, 5e-5 if key.startswith("after/") else 5e-4)
    return Difference(file, key, relative, 2e-5)
