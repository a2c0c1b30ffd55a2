"""Weak labels spread by a mixture over a network's features."""

import numpy as np
import torch
from torch.nn.functional import interpolate

from pipeline.config.masks.mixture import MixtureMasks
from pipeline.data.index import Row
from pipeline.errors import SeedmaskError
from pipeline.job import Job
from pipeline.machines.features import trained_features
from pipeline.methods.mixture_masks import mixture_mask
from pipeline.methods.pictures import as_batch
from pipeline.methods.weak_labels import as_mixture_codes, shown_labels
from pipeline.storage.canvas import (
    BACKGROUND,
    CLASSES,
    CONFIDENCE,
    MASK,
    SCORE,
    background_spec,
    cam_spec,
    encode,
)
from pipeline.storage.reader import Arrays
from pipeline.storage.shard import Shard

SCORES = {SCORE: cam_spec("uint8"), SCORE + BACKGROUND: background_spec("uint8"), "classes": CLASSES}
MULTIPLE = 32
"""Networks take sides that are multiples of this; a picture is squashed to the nearest."""


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options, shard = MixtureMasks.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    network, stored = trained_features(shard, options.source, device), shard.inputs.stored[options.labels]
    classes = len(shard.catalogue.index.classes)

    @torch.no_grad()
    def compute(row: Row) -> Arrays:
        labels = stored.read(row.id)["label"]
        shown = _shown(shard.catalogue.picture(row), options.scale, device)
        features, logits = network(shown)
        probabilities = None
        if logits is not None and options.agree:
            whole = interpolate(logits, labels.shape, mode="bilinear", align_corners=False)
            probabilities = whole.softmax(dim=1)[0]
        allowed = torch.zeros(classes + 1, device=device)
        allowed[shown_labels(labels, row.tags)] = 1
        codes = torch.from_numpy(as_mixture_codes(labels, classes)).long().to(device)
        found = mixture_mask(
            features[0], codes, allowed, probabilities, rounds=options.rounds, threshold=options.threshold
        )
        return {
            "mask": found.mask.cpu().numpy().astype(np.uint8),
            "confidence": encode(found.confidence.cpu().numpy(), CONFIDENCE),
            **(_score_maps(found.scores.cpu().numpy(), row) if options.scores else {}),
        }

    shard.write({"mask": MASK, "confidence": CONFIDENCE, **(SCORES if options.scores else {})}, compute)


def _score_maps(scores: np.ndarray, row: Row) -> Arrays:
    if row.tags is None:
        raise SeedmaskError(f"image {row.id} has no tags, which `scores` keeps maps of; add them, or leave it out")
    maps = encode(scores[[0, *(tag + 1 for tag in row.tags)]], SCORES[SCORE])
    return {SCORE: maps[1:], SCORE + BACKGROUND: maps[0], "classes": np.array(row.tags, CLASSES.dtype)}


def _shown(picture: np.ndarray, scale: float, device: str) -> torch.Tensor:
    size = [max(MULTIPLE, round(length * scale / MULTIPLE) * MULTIPLE) for length in picture.shape[:2]]
    batch = as_batch([picture], device)
    return interpolate(batch, size, mode="bilinear", align_corners=False, antialias=True)
