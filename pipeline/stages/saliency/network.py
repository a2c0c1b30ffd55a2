"""Saliency by a network that was trained elsewhere."""

from functools import partial

from pipeline.config.saliency.network import NetworkSaliency
from pipeline.job import Job
from pipeline.methods.saliency import salient_map
from pipeline.nets.salient import load_network, network_file
from pipeline.stages.loops.saliency_maps import write_saliency
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  onnxruntime computes on the CPU
    """Make the maps of a shard."""
    options, shard = NetworkSaliency.model_validate(job.settings), Shard(job)
    path, sha256 = network_file(options.model, options.model_sha256)
    saliency = partial(salient_map, load_network(path, options.threads))
    write_saliency(shard, options, lambda row: saliency(shard.catalogue.picture(row)), lambda _: sha256)
