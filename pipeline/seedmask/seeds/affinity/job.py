"""Other seeds, carried to places whose features are alike."""

from functools import partial

import numpy as np
import torch

from seedmask.dataset.index import Row
from seedmask.inference.engine import NetworkSource
from seedmask.inference.out_of_memory import run_within_memory
from seedmask.job import Job
from seedmask.methods.affinity import affinity_cams
from seedmask.networks.weights import weights_identity
from seedmask.seeds.affinity.network import build
from seedmask.seeds.affinity.options import AffinityOptions
from seedmask.seeds.cam_sets import CamSets
from seedmask.seeds.writing import write_cams
from seedmask.storage.canvas import CAM
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = AffinityOptions.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    seeds = CamSets(shard.inputs.stored[options.source], options.cams)
    first_weights = weights_identity(options.encoder, options.weights, options.weights_sha256)
    made_of = [job.settings, job.basis, first_weights]
    network = NetworkSource(
        job.name, lambda: build(options, len(shard.catalogue.index.classes)).to(device), job.folder, made_of
    )
    features = partial(run_within_memory, network.function("features", options.engine, device, options.precision))

    def cams(row: Row) -> np.ndarray:
        image, given = shard.catalogue.image(row), seeds.read(row.id)[CAM]
        return affinity_cams(features, image, given, options.scales, options.power, keep=options.keep, device=device)

    write_cams(shard, options.dtype, cams)
