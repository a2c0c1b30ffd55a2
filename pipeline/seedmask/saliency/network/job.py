"""Saliency by a network that was trained elsewhere."""

from functools import partial

from seedmask.job import Job
from seedmask.methods.saliency import salient_map
from seedmask.saliency.network.network import load_network, network_file
from seedmask.saliency.network.options import NetworkOptions
from seedmask.saliency.writing import write_saliency
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  onnxruntime computes on the CPU
    """Make the maps of a shard."""
    options, shard = NetworkOptions.model_validate(job.settings), Shard(job)
    path, sha256 = network_file(options.model, options.model_sha256)
    saliency = partial(salient_map, load_network(path, options.threads), flip=options.flip)
    write_saliency(shard, options, lambda row: saliency(shard.catalogue.image(row)), lambda _: sha256)
