"""Features of pictures for an encoder that does not learn."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import nn
from tqdm import tqdm

from seedmask.classifiers.training import TrainingContext
from seedmask.dataset.index import Row
from seedmask.methods.batches import as_batch, targets
from seedmask.training.epochs import Batch


class Pooled:
    """Pooled features of pictures and their mirror images, computed once: the frozen encoder never changes."""

    def __init__(self, context: TrainingContext, rows: Sequence[Row]):
        context.network.eval()
        self._features = []
        with torch.no_grad():
            for row in tqdm(rows, desc="features", mininterval=5, ncols=80, disable=not rows):
                picture = as_batch([context.catalogue.image(row)], context.device)
                self._features.append(context.network.pool(torch.cat([picture, picture.flip(-1)])).cpu())
        self._targets = [targets(row.tags, context.network.classifier.out_features) for row in rows]

    def __len__(self) -> int:
        return len(self._features)

    def view(self, number: int, seed: int) -> Batch:
        """Features (D,) of the picture or its mirror image, and targets (C,)."""
        return self._features[number][seed % 2], self._targets[number]

    def logits(self, network: nn.Module) -> Float[torch.Tensor, "N C"]:
        """Logits of the pictures as they are."""
        device = next(network.parameters()).device
        return network.classify(torch.stack([features[0] for features in self._features]).to(device))
