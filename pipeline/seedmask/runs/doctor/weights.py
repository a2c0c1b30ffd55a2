"""First weights of the networks that remain to be trained, and files of networks that are used as they are."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

from seedmask.config.networks import EncoderOptions
from seedmask.errors import SeedmaskError
from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.finding import Finding, ok, problem, warning
from seedmask.saliency.network.options import NetworkOptions

HUB_FILES = ("model.safetensors", "pytorch_model.bin")


def findings(patient: Diagnosis) -> Iterator[Finding]:
    """Weights that are missing, are not the expected ones, or must be downloaded."""
    asked = {
        (o.encoder, o.weights, o.weights_sha256): o for _, o in patient.trainings() if isinstance(o, EncoderOptions)
    }
    for options in asked.values():
        yield from _first_weights(options)
    for model, sha256 in {(o.model, o.model_sha256) for o in _saliency(patient)}:
        from seedmask.saliency.network.network import network_file

        try:
            yield ok("weights", f"{model}: {network_file(model, sha256)[0]}")
        except SeedmaskError as error:
            yield problem("weights", *_in_two(error))


def _saliency(patient: Diagnosis) -> Iterator[NetworkOptions]:
    return (options for options in patient.plan.variants.values() if isinstance(options, NetworkOptions))


def _first_weights(options: EncoderOptions) -> Iterator[Finding]:
    from seedmask.networks.encoders import require_model
    from seedmask.networks.weights import weight_file, weights_identity

    name = options.encoder
    try:
        require_model(name)
        if options.weights == "none":
            yield warning("weights", f"{name} starts from random weights", "give some, unless this is meant")
        elif options.weights == "hub":
            yield from _on_the_hub(name)
        else:
            weights_identity(name, options.weights, options.weights_sha256)
            yield ok("weights", f"{name}: {weight_file(name, options.weights)}")
    except SeedmaskError as error:
        yield problem("weights", *_in_two(error))


def _on_the_hub(name: str) -> Iterator[Finding]:
    """Whether timm would find a model's weights on this machine; nothing is fetched."""
    import torch
    from huggingface_hub import try_to_load_from_cache

    from seedmask.networks.encoders import timm

    config = timm.get_pretrained_cfg(name)
    if config is None or not (config.hf_hub_id or config.url or config.file):
        yield problem("weights", f"timm has no weights of {name}", "choose another encoder, or name a file")
        return
    if config.hf_hub_id:
        files = (config.hf_hub_filename,) if config.hf_hub_filename else HUB_FILES
        cached = [path for file in files if isinstance(path := try_to_load_from_cache(config.hf_hub_id, file), str)]
        where = config.hf_hub_id
    else:
        file = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(config.url).path).name
        cached, where = [str(file)] if file.exists() else [], config.url
    if cached:
        yield ok("weights", f"{name}: {cached[0]}")
    else:
        yield warning("weights", f"{name}: not on this machine", f"the run downloads them from {where}")


def _in_two(error: SeedmaskError) -> tuple[str, str]:
    """What was found, and what to do."""
    found, _, remedy = str(error).partition("; ")
    return found, remedy
