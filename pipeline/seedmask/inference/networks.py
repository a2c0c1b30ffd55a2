"""Trained networks of any stage, rebuilt from their manifests."""

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from seedmask.config.registry import options_of
from seedmask.config.variant import Variant
from seedmask.errors import SeedmaskError
from seedmask.inference.engine import NetworkSource
from seedmask.labels import kept_labels
from seedmask.storage.manifest import Manifest
from seedmask.storage.training import Weights, load_weights


def trained_network(results: Path, manifest: Manifest, device: str) -> Any:
    """A network in evaluation mode; what it can do depends on its stage.

    Args:
        results: folder of all results of the data set.
        manifest: of the training.
        device: `cpu` or `cuda`.

    Raises:
        SeedmaskError: its weights are missing, damaged or of another run, or its method has no network.
    """
    return trained_source(results, manifest, device).network


def trained_source(
    results: Path, manifest: Manifest, device: str, adapt: Callable[[Any], Any] = lambda network: network
) -> NetworkSource:
    """The same network, built where torch must compute it.

    Args:
        results: folder of all results of the data set.
        manifest: of the training.
        device: `cpu` or `cuda`.
        adapt: gives the network the interface that the caller needs.

    Raises:
        SeedmaskError: its weights are missing, damaged or of another run.
    """
    weights, made_of = load_weights(results, manifest.name, manifest), [manifest.fingerprint, manifest.digest]
    return NetworkSource(
        manifest.name, lambda: adapt(_build(manifest, weights, device)), results / manifest.name, made_of
    )


def first_encoder(options: Any, classes: int, device: str) -> Any:
    """The encoder of a classifier before its training, in evaluation mode.

    Args:
        options: of the classifier.
        classes: number of classes, without background.
        device: `cpu` or `cuda`.
    """
    torch.manual_seed(options.seed)  # as the training does, for random weights
    return importlib.import_module(options.network()).build(options, classes).encoder.eval().to(device)


def _build(manifest: Manifest, weights: Weights, device: str) -> Any:
    options = options_of(manifest.stage, manifest.settings)
    if not isinstance(options, Variant) or not (module := options.network()):
        raise SeedmaskError(f"{manifest.name}: its method has no network; let its options name one by `network()`")
    build = importlib.import_module(module).build
    labels = kept_labels(manifest.facts)
    network = build(*options.network_arguments(len(labels.classes), labels.background), first_weights=False)
    network.load_state_dict(weights)
    return network.eval().to(device)
