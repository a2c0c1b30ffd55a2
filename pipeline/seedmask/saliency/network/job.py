"""Saliency by a network that was trained elsewhere."""

from functools import partial

import numpy as np

from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.methods.saliency import salient_map
from seedmask.methods.saliency_zoom import active_boxes, zoomed_map
from seedmask.saliency.network.network import load_network, network_file
from seedmask.saliency.network.options import NetworkOptions
from seedmask.saliency.writing import write_saliency
from seedmask.storage.canvas import CAM
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  onnxruntime computes on the CPU
    """Make the maps of a shard."""
    options, shard = NetworkOptions.model_validate(job.settings), Shard(job)
    path, sha256 = network_file(options.model, options.model_sha256)
    look = partial(salient_map, load_network(path, options.threads))

    def saliency(row: Row) -> np.ndarray:
        image = shard.catalogue.image(row)
        whole = look(image, flip=options.flip)
        if options.zoom is None:
            return whole
        cams = shard.inputs.stored[options.zoom].read(row.id)[CAM]
        return zoomed_map(look, image, whole, active_boxes(cams, options.zoom_threshold, options.zoom_margin))

    write_saliency(shard, options, saliency, lambda _: sha256)
