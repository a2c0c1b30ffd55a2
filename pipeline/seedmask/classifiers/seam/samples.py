"""What SEAM learns from on PMM's tiles."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from PIL import Image

from seedmask.classifiers.training import image_targets
from seedmask.config.networks import Augmentation
from seedmask.config.tiles import MultiCropLabels
from seedmask.dataset.augment import Augment
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.colours import Changes, changed
from seedmask.dataset.index import Row
from seedmask.methods.tiles import draw_tile
from seedmask.storage.reader import StoredVariant


class TileViews:
    """Random enlarged tiles, each with its own tags (PMM, Li et al., ICCV 2021), mirrored and with changed colours.

    Args:
        catalogue: the data set.
        rows: the training images.
        rough: CAMs with the rough positions of the classes.
        settings: tiles, and the threshold of the rough CAMs.
        augmentation: mirror and colour; the tile takes the place of sizes and crop.
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
        self._settings, self._augmentation = settings, augmentation
        self._augment = Augment(augmentation.model_copy(update={"square": settings.size}))

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
        return self._enlarged(tile, seed), torch.tensor(held)

    def _enlarged(self, tile: Image.Image, seed: int) -> torch.Tensor:
        """A tile (3, size, size) in 0..1; with `colour_of: picture` colours change first, as in PMM's code."""
        side, augmentation = self._settings.size, self._augmentation
        view = self._augment.draw((side, side), None, seed)
        if augmentation.colour_of == "picture":
            levels = torch.from_numpy(np.array(tile)).permute(2, 0, 1)
            levels = changed(levels, view.changes, augmentation.colour_library)
            tile, view = Image.fromarray(levels.permute(1, 2, 0).numpy()), replace(view, changes=Changes())
        return self._augment.image(np.array(tile.resize((side, side), Image.Resampling.BILINEAR)), view)
