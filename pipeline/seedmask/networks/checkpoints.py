"""Files of tensors that others have saved: ImageNet's weights, and the networks that papers have released."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import torch
from torch import nn

from seedmask.errors import SeedmaskError
from seedmask.events import note
from seedmask.networks.hashes import checked_sha256

LEVELS = ("state_dict", "model_state_dict", "model", "net", "main")
"""Keys that training scripts put around a network's tensors."""
PARALLEL = "module."
"""What torch's parallel wrappers put before every name."""
COUNTER = "num_batches_tracked"
"""A batch norm's count of steps, which nothing here looks at and older files lack."""
NAMED = 10
"""Tensors that a message names."""

Names = Sequence[tuple[str, str | None]]
"""Beginnings of the authors' names of tensors, each with ours; None for second names of the same tensors."""
State = dict[str, torch.Tensor]


def read_checkpoint(path: Path, sha256: str | None = None) -> State:
    """All tensors of a file, without the levels and the `module.` that training scripts put around them.

    Args:
        path: of torch or safetensors.
        sha256: expected hash; None accepts any.

    Raises:
        SeedmaskError: the file is missing, has another hash, is damaged, holds Python objects, or no tensors by name.
    """
    if not path.is_file():
        raise SeedmaskError(f"weights {str(path)!r}: no such file; correct the path")
    checked_sha256(path, sha256, "weights_sha256")
    state = _unwrapped(_loaded(path))
    if not isinstance(state, Mapping) or not all(isinstance(part, torch.Tensor) for part in state.values()):
        raise SeedmaskError(f"{path}: is not a weight file (holds no mapping of names to tensors); get another")
    if state and all(key.startswith(PARALLEL) for key in state):
        state = {key.removeprefix(PARALLEL): part for key, part in state.items()}
    halves = [key for key, part in state.items() if part.dtype in (torch.float16, torch.bfloat16)]
    if halves:
        note("%s: %d tensors of half precision are computed with in single precision", path, len(halves))
    return {key: part.float() if part.is_floating_point() else part for key, part in state.items()}


def _loaded(path: Path) -> object:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # each kind of damage raises another type
        if type(error).__name__ == "UnpicklingError":
            raise SeedmaskError(
                f"{path}: is not a weight file, or holds Python objects besides tensors, which could run code and are "
                f"not read ({_first_line(error)}); save its `state_dict()` alone"
            ) from error
        raise SeedmaskError(f"{path}: is not a weight file ({_first_line(error)}); get another") from error


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _unwrapped(state: object) -> object:
    while isinstance(state, Mapping):
        inner = next((state[key] for key in LEVELS if isinstance(state.get(key), Mapping)), None)
        if inner is None:
            break
        state = inner
    return state


def load_published(network: nn.Module, state: Mapping[str, torch.Tensor], source: object, names: Names = ()) -> None:
    """Load all tensors of a network, with its own names or with those of the authors' code.

    Args:
        network: receives the tensors.
        state: result of `read_checkpoint`.
        source: where they are from, for messages.
        names: of the authors' code.

    Raises:
        SeedmaskError: tensors are missing, left over or of other shapes; the first ten are named as in the file.
    """
    own = network.state_dict()
    there = {key: key for key in state}
    if set(own) - set(state):
        there = {ours: key for key in state if (ours := renamed(key, names)) is not None}
    found = {key: state[name] for key, name in there.items()}
    _check_names(own, found, there, names, source)
    _check_classes(own, found, source)
    _check_shapes(own, found, there, source)
    _load(network, found)


def load_encoder(model: nn.Module, state: Mapping[str, torch.Tensor], name: str, source: object) -> None:
    """Load the tensors of an encoder from a file of it or of a network around it.

    Tensors of other parts, such as a classification layer or the head of a segmenter, are left out, which is noted.

    Args:
        model: the encoder, without its classification layer.
        state: result of `read_checkpoint`.
        name: of the encoder, for messages.
        source: where the tensors are from, for messages.

    Raises:
        SeedmaskError: tensors of the encoder are missing, left over or of other shapes; the first ten are named.
    """
    own = model.state_dict()
    before = _beginning(own, state)
    found = {key.removeprefix(before): part for key, part in state.items() if key.startswith(before)}
    parts = {key.split(".")[0] for key in own}
    head = tuple(f"{layer}." for layer in _classification_layers(model) if f"{layer}.weight" not in own)
    found = {key: part for key, part in found.items() if key.split(".")[0] in parts and not key.startswith(head)}
    others = [key for key in state if key not in {before + key for key in found}]
    there = {key: before + key for key in found}
    try:
        _check_names(own, found, there, (), source)
        _check_shapes(own, found, there, source)
    except SeedmaskError as error:
        found_there, _, remedy = str(error).rpartition("; ")
        raise SeedmaskError(f"{found_there}; is it of {name}? {remedy}") from None
    if others:
        note("%s: %s of other parts than the encoder not used", source, _listed(others))
    _load(model, found)


def _classification_layers(model: nn.Module) -> Sequence[str]:
    """Names of the layers that timm leaves out of a model without classes."""
    layers = (getattr(model, "pretrained_cfg", None) or {}).get("classifier") or ()
    return (layers,) if isinstance(layers, str) else layers


def _beginning(own: Mapping[str, torch.Tensor], state: Mapping[str, torch.Tensor]) -> str:
    """What stands before the encoder's names in a file."""
    anchor = next(iter(own))
    candidates = {key.removesuffix(anchor) for key in state if key == anchor or key.endswith(f".{anchor}")}
    return max(sorted(candidates, key=len), key=lambda before: sum(before + key in state for key in own), default="")


def renamed(key: str, names: Names) -> str | None:
    """Our name of a tensor that has the authors'; None for a second name of another one."""
    for theirs, ours in names:
        if key.startswith(theirs):
            return None if ours is None else ours + key[len(theirs) :]
    return key


def _check_names(
    own: Mapping[str, torch.Tensor], found: State, there: Mapping[str, str], names: Names, source: object
) -> None:
    missing = [_published(key, names) for key in own if key not in found and not key.endswith(COUNTER)]
    further = [there[key] for key in found if key not in own]
    if not (missing or further):
        return
    faults = [
        *([f"lacks {_listed(missing)} of the network's {len(own)}"] if missing else []),
        *([f"has {_listed(further)} that the network has not"] if further else []),
    ]
    raise SeedmaskError(f"{source}: {', and '.join(faults)}; name the network that the file was saved from")


def _published(key: str, names: Names) -> str:
    """A tensor's name in the authors' code."""
    matches = [(ours, theirs) for theirs, ours in names if ours is not None and key.startswith(ours)]
    ours, theirs = max(matches, key=lambda pair: len(pair[0]), default=("", ""))
    return theirs + key.removeprefix(ours)


def _check_shapes(own: Mapping[str, torch.Tensor], found: State, there: Mapping[str, str], source: object) -> None:
    wrong = [key for key, part in found.items() if part.shape != own[key].shape]
    if not wrong:
        return
    shapes = ", ".join(f"{there[key]} {list(found[key].shape)} for {list(own[key].shape)}" for key in wrong[:NAMED])
    raise SeedmaskError(
        f"{source}: {len(wrong)} tensors have other shapes than the network's ({shapes}); "
        "name the network that the file was saved from"
    )


def _check_classes(own: Mapping[str, torch.Tensor], found: State, source: object) -> None:
    """Refuse tensors of which some differ, and those by one number of channels: the classes."""
    wrong = [(found[key].shape, own[key].shape) for key in found if found[key].shape != own[key].shape]
    counts = {(theirs[0], ours[0]) for theirs, ours in wrong if len(theirs) and theirs[1:] == ours[1:]}
    if len(counts) == 1 and all(theirs[1:] == ours[1:] for theirs, ours in wrong):
        theirs, ours = counts.pop()
        raise SeedmaskError(
            f"{source}: its last layers have {theirs} channels, the network's {ours}: it is of another number of "
            "classes; name a file of the data set's classes"
        )


def _listed(keys: Collection[str]) -> str:
    """The number of some tensors and the first ten names."""
    first = ", ".join(list(keys)[:NAMED])
    more = f" and {len(keys) - NAMED} more" if len(keys) > NAMED else ""
    return f"{len(keys)} tensor{'s' * (len(keys) != 1)} ({first}{more})"


def _load(network: nn.Module, found: Mapping[str, torch.Tensor]) -> None:
    network.load_state_dict(
        {**{key: part for key, part in network.state_dict().items() if key.endswith(COUNTER)}, **found}
    )
