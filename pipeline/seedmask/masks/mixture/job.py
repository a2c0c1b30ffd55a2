"""Weak labels spread by a mixture over a network's features."""

import numpy as np
import torch

from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.inference.features import TrainedFeatures
from seedmask.job import Job
from seedmask.masks.mixture.options import MixtureOptions
from seedmask.methods.mixture_masks import mixture_mask
from seedmask.methods.weak_labels import as_mixture_codes, shown_labels
from seedmask.storage.canvas import BACKGROUND, CLASSES, CONFIDENCE, MASK, SCORE, background_spec, cam_spec, encode
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard

SCORES = {SCORE: cam_spec("uint8"), SCORE + BACKGROUND: background_spec("uint8"), "classes": CLASSES}


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options, shard = MixtureOptions.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    network, stored = TrainedFeatures(shard, options.source, device), shard.inputs.stored[options.labels]
    classes = len(shard.catalogue.index.classes)

    def compute(row: Row) -> Arrays:
        labels = stored.read(row.id)["label"]
        features, probabilities = network.compute(shard.catalogue.image(row), options.scale)
        allowed = torch.zeros(classes + 1, device=device)
        allowed[shown_labels(labels, row.tags)] = 1
        result = mixture_mask(
            features,
            torch.from_numpy(as_mixture_codes(labels, classes)).long().to(device),
            allowed,
            probabilities if options.agree else None,
            rounds=options.rounds,
            threshold=options.threshold,
        )
        mask, confidence, scores = (tensor.cpu().numpy() for tensor in result)
        arrays = {"mask": mask.astype(np.uint8), "confidence": encode(confidence, CONFIDENCE)}
        return {**arrays, **_score_maps(scores, row)} if options.scores else arrays

    shard.write({"mask": MASK, "confidence": CONFIDENCE, **(SCORES if options.scores else {})}, compute)


def _score_maps(scores: np.ndarray, row: Row) -> Arrays:
    """Scores of background and of the tags."""
    if row.tags is None:
        raise SeedmaskError(f"image {row.id} has no tags, which `scores` keeps maps of; add them, or leave it out")
    stored = encode(scores[[0, *(tag + 1 for tag in row.tags)]], SCORES[SCORE])
    return {SCORE: stored[1:], SCORE + BACKGROUND: stored[0], "classes": np.array(row.tags, CLASSES.dtype)}
