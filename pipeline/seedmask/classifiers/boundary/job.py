"""Train IRN's boundaries and displacements on labels with gaps."""

import torch
from torch.nn.functional import interpolate

from seedmask.classifiers.boundary.network import BoundaryNetwork, build
from seedmask.classifiers.boundary.options import BoundaryOptions as Options
from seedmask.dataset.catalogue import Catalogue
from seedmask.job import Job
from seedmask.methods.boundary import boundary_loss
from seedmask.methods.cams import IGNORE
from seedmask.training.epochs import Batch
from seedmask.training.on_masks import train_on_masks


def run(job: Job, device: str) -> None:
    """Train the network of a job."""
    options, known = Options.model_validate(job.settings), Catalogue(job.results).index.labels

    def loss(network: BoundaryNetwork, batch: Batch) -> torch.Tensor:
        images, channels = batch
        labels = torch.where(channels == IGNORE, IGNORE, channels + known.first)  # 0 is background, if there is one
        logits, displacement = network(images)
        small = interpolate(labels[:, None].float(), logits.shape[-2:], mode="nearest-exact")[:, 0].long()
        with torch.autocast(images.device.type, enabled=False):
            displacement = None if displacement is None else displacement.float()
            terms = boundary_loss(logits.float().sigmoid(), displacement, small, options.path_radius)
        return terms.affinity + terms.displacement

    train_on_masks(job, device, options, build, loss)
