"""Features of pictures for an encoder that does not learn."""

import torch
from tqdm import tqdm

from pipeline.machines.tags import targets
from pipeline.machines.training import Batch
from pipeline.methods.pictures import as_batch
from pipeline.stages.loops.lesson import Class


class Pooled:
    """Pooled features of every picture and its mirror image, computed once: the frozen encoder never changes."""

    def __init__(self, of: Class):
        of.network.eval()
        self._features = []
        with torch.no_grad():
            for row in tqdm(of.rows, desc="features", mininterval=5, ncols=80):
                picture = as_batch([of.catalogue.picture(row)], of.device)
                self._features.append(of.network.pool(torch.cat([picture, picture.flip(-1)])).cpu())
        self._targets = [targets(row, of.network.classifier.out_features) for row in of.rows]

    def __len__(self) -> int:
        return len(self._features)

    def view(self, number: int, seed: int) -> Batch:
        """Features (D,) of the picture or its mirror image, and targets (C,)."""
        return self._features[number][seed % 2], self._targets[number]
