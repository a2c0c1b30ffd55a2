"""Train SEAM on whole images, or on PMM's tiles."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from PIL import Image

from seedmask.classifiers.seam.network import SeamClassifier, build
from seedmask.classifiers.seam.options import SeamOptions
from seedmask.classifiers.training import AugmentedImages, Objective, TrainingContext, image_targets, train
from seedmask.config.networks import Augmentation
from seedmask.config.tiles import MultiCropLabels
from seedmask.dataset.augment import Augment
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.methods.seam import seam_loss, smaller_view
from seedmask.methods.tiles import draw_tile
from seedmask.storage.reader import StoredVariant
from seedmask.training.epochs import Batch


def run(job: Job, device: str) -> None:
    """Train the classifier of a job."""
    train(job, device, SeamOptions.model_validate(job.settings), build, objective)


def objective(options: SeamOptions, context: TrainingContext[SeamClassifier]) -> Objective[SeamClassifier]:
    """Two sizes of each view; with `crops`, views of tiles whose tags come from rough CAMs."""
    loss = partial(_loss, small_view=options.small_view)
    if options.crops is None:
        return Objective(AugmentedImages(context, options), loss)
    rough = context.inputs.stored[options.crops.rough]
    return Objective(TileViews(context.catalogue, context.rows, rough, options.crops, options.augmentation), loss)


def _loss(network: SeamClassifier, batch: Batch, *, small_view: float) -> torch.Tensor:
    images, labels = batch
    large, small = network(images), network(smaller_view(images, small_view))
    with torch.autocast(images.device.type, enabled=False):  # half precision loses the 1e-5
        return seam_loss(
            large.scores.float(), large.refined.float(), small.scores.float(), small.refined.float(), labels
        ).total


class TileViews:
    """Random enlarged tiles, each with its own tags (PMM, Li et al., ICCV 2021), mirrored and with changed colours.

    Args:
        catalogue: the data set.
        rows: the training images.
        rough: CAMs with the rough positions of the classes.
        settings: tiles, and the threshold of the rough CAMs.
        augmentation: mirror and colour; the tile replaces scale and crop.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        rows: Sequence[Row],
        rough: StoredVariant,
        settings: MultiCropLabels,
        augmentation: Augmentation,
    ):
        self._catalogue, self._rows, self._rough = catalogue, rows, rough
        self._settings = settings
        whole = {"crop": settings.size, "scale": (1.0, 1.0)}
        self._augment = Augment(augmentation.model_copy(update=whole))

    def __len__(self) -> int:
        return len(self._rows)

    def view(self, number: int, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Tile (3, size, size) in 0..1 and its tags (classes,)."""
        row, settings = self._rows[number], self._settings
        confident = self._rough.read(row.id)["cam"] > settings.confident
        tags = image_targets(row, len(self._catalogue.index.classes)).numpy()
        draws = np.random.default_rng(seed)
        box, held = draw_tile(confident, tags, settings.scales, draws, size=settings.size, tile=settings.tile)
        tile = Image.fromarray(self._catalogue.image(row)).crop(box)
        resized = tile.resize((settings.size, settings.size), Image.Resampling.BILINEAR)
        image, _ = self._augment(np.asarray(resized), None, seed)
        return image, torch.tensor(held)
