"""Memory of a GPU that a step of a training needs at least, counted without a GPU and without computing."""

import importlib

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn.functional import interpolate

from seedmask.classifiers.seam.options import SeamOptions
from seedmask.classifiers.sfc.options import SfcOptions
from seedmask.config.networks import Augmentation, ClassifierOptions, FromMasks
from seedmask.config.variant import Variant
from seedmask.methods.seam import smaller_view
from seedmask.networks.classifier import ClassifierNetwork
from seedmask.networks.segmenter import SegmenterNetwork
from seedmask.segmenters.trained.options import SegmenterOptions
from seedmask.training.optimisers import freeze, freeze_batch_norm

Training = ClassifierOptions | FromMasks
"""Options of a network that is trained."""


def step_bytes(options: Training, classes: int, background: bool = True) -> int:
    """Bytes of a step: numbers of the network, gradients and momenta, and what the forward pass keeps for gradients.

    The loss, work space of libraries, and CUDA itself come on top.

    Args:
        options: of the training; its batch, crop and network count.
        classes: number of classes, without background.
        background: whether there is a background besides.
    """
    with torch.device("meta"):
        network = build(options, classes, background)
    _set_frozen(network, options)
    with FakeTensorMode():
        _take_for_real(network)
        network.train()
        side = _side(options.augmentation)
        images = torch.empty(options.batch_size, 3, side, side)
        kept: dict[int, torch.UntypedStorage] = {}

        def keep(tensor: torch.Tensor) -> torch.Tensor:
            storage = tensor.untyped_storage()
            kept[storage._cdata] = storage  # held, so that no other storage gets its number
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
            outputs = _forward(network, options, images, classes)
        own = {parameter.untyped_storage()._cdata for parameter in network.parameters()}
        activations = sum(storage.nbytes() for number, storage in kept.items() if number not in own)
        del outputs
        learned = sum(parameter.nbytes for parameter in network.parameters() if parameter.requires_grad)
        return sum(parameter.nbytes for parameter in network.parameters()) + 2 * learned + activations


def build(options: Variant, classes: int, background: bool = True) -> torch.nn.Module:
    """The network of some options, before anything is loaded into it.

    Args:
        options: of a variant that has a network.
        classes: number of classes, without background.
        background: whether there is a background besides.
    """
    module = options.network()
    assert module is not None
    return importlib.import_module(module).build(*options.network_arguments(classes, background), first_weights=False)


def _take_for_real(network: torch.nn.Module) -> None:
    """Replace tensors without a device by tensors that claim to be on the CPU, as autocast asks for one."""
    for module in network.modules():
        for name, parameter in list(module.named_parameters(recurse=False)):
            tensor = torch.empty(parameter.shape, dtype=parameter.dtype, device="cpu")
            setattr(module, name, torch.nn.Parameter(tensor, requires_grad=parameter.requires_grad))
        for name, buffer in list(module.named_buffers(recurse=False)):
            setattr(module, name, torch.empty(buffer.shape, dtype=buffer.dtype, device="cpu"))


def _set_frozen(network: torch.nn.Module, options: Training) -> None:
    if isinstance(options, ClassifierOptions):
        assert isinstance(network, ClassifierNetwork)
        freeze(network.encoder, options.frozen_stages)
        network = network.encoder
    if options.frozen_batch_norm:
        freeze_batch_norm(network)


def _side(views: Augmentation) -> int:
    return views.square or views.crop


def _forward(network: torch.nn.Module, options: Training, images: torch.Tensor, classes: int) -> object:
    """What the network gives for the views of a step."""
    if isinstance(options, SeamOptions):
        return [network(view) for view in (images, smaller_view(images, options.small_view))]
    if isinstance(options, SfcOptions):
        images = torch.empty(len(images) + options.bank.draws, *images.shape[1:])
        labels, inside = torch.empty(len(images), classes), torch.empty(len(images), 1, *images.shape[2:])
        views = images, interpolate(images, scale_factor=options.scale, mode="bilinear", align_corners=True)
        return [network(view, labels, inside) for view in views]
    if isinstance(options, SegmenterOptions) and options.loss.of_weak_labels:
        assert isinstance(network, SegmenterNetwork)
        return network.decoded(images)
    return network(images)
