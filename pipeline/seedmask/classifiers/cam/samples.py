"""What a linear classifier learns from while its encoder is frozen."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from tqdm import tqdm

from seedmask.classifiers.cam.network import CamClassifier
from seedmask.classifiers.training import TrainingContext, image_targets
from seedmask.config.base import Engine
from seedmask.dataset.index import Row
from seedmask.methods.batches import as_batch
from seedmask.training.epochs import Batch


class PooledFeatures:
    """Mean features of images and their mirror images, computed once because a frozen encoder never changes."""

    def __init__(self, context: TrainingContext[CamClassifier], rows: Sequence[Row], engine: Engine = "auto"):
        network = context.network.eval()
        pool = context.source.function("pool", engine, context.device) if rows else network.pool
        self._features: list[torch.Tensor] = []
        with torch.no_grad():
            for row in tqdm(rows, desc="features", mininterval=5, ncols=80, disable=not rows):
                image = as_batch([context.catalogue.image(row)], context.device)
                self._features.append(pool(torch.cat([image, image.flip(-1)])).cpu())
        self._targets = [image_targets(row, network.classifier.out_features) for row in rows]

    def __len__(self) -> int:
        return len(self._features)

    def view(self, number: int, seed: int) -> Batch:
        """Features (D,) of the image or its mirror image, and targets (C,)."""
        return self._features[number][seed % 2], self._targets[number]

    def logits(self, network: CamClassifier) -> Float[torch.Tensor, "N C"]:
        """Logits of the images, not mirrored."""
        device = next(network.parameters()).device
        return network.classify(torch.stack([features[0] for features in self._features]).to(device))
