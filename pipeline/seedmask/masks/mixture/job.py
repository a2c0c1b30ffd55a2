"""Weak labels spread by a mixture over a network's features."""

import numpy as np
import torch

from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.inference.features import TrainedFeatures
from seedmask.job import Job
from seedmask.labels import LabelSet
from seedmask.masks.mixture.options import MixtureOptions
from seedmask.methods.mixture_masks import mixture_mask
from seedmask.methods.weak_labels import VOID, as_mixture_codes, from_channels, of_channels, shown_labels
from seedmask.storage.canvas import BACKGROUND, CLASSES, CONFIDENCE, MASK, SCORE, background_spec, cam_spec, encode
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard

SCORES = {SCORE: cam_spec("uint8"), SCORE + BACKGROUND: background_spec("uint8"), "classes": CLASSES}


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options, shard = MixtureOptions.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    network = TrainedFeatures(shard, options.source, device, options.engine, options.precision)
    stored = shard.inputs.stored[options.labels]
    known = shard.catalogue.index.labels
    classes, background = len(known.classes), known.background
    specs = {name: spec for name, spec in SCORES.items() if background or name != SCORE + BACKGROUND}

    def compute(row: Row) -> Arrays:
        labels = stored.read(row.id)["label"]
        shown = shown_labels(labels, row.tags, background)
        part = shown or [known.first]  # others have no share in the mixture, and planes of all need much memory
        channels = [label - known.first for label in part]
        features, probabilities = network.compute(shard.catalogue.image(row), channels, options.scale)
        codes = of_channels(as_mixture_codes(labels, classes, background), channels)
        result = mixture_mask(
            features,
            torch.from_numpy(codes).long().to(device),
            torch.full((len(part),), float(bool(shown)), device=device),
            probabilities if options.agree else None,
            rounds=options.rounds,
            threshold=options.threshold,
        )
        mask, confidence, scores = (tensor.cpu().numpy() for tensor in result)
        found = np.append(np.array(channels, np.uint8), np.uint8(VOID))[np.where(mask == VOID, len(channels), mask)]
        arrays = {"mask": from_channels(found, background), "confidence": encode(confidence, CONFIDENCE)}
        return {**arrays, **_score_maps(scores, part, row, known)} if options.scores else arrays

    shard.write({"mask": MASK, "confidence": CONFIDENCE, **(specs if options.scores else {})}, compute)


def _score_maps(scores: np.ndarray, labels: list[int], row: Row, known: LabelSet) -> Arrays:
    """Scores of background, where there is one, and of the tags; both are among the labels."""
    if row.tags is None:
        raise SeedmaskError(f"image {row.id} has no tags, which `scores` keeps maps of; add them, or leave it out")
    stored = encode(scores, SCORES[SCORE])
    maps = {SCORE: stored[[labels.index(tag + 1) for tag in row.tags]], "classes": np.array(row.tags, CLASSES.dtype)}
    return {**maps, SCORE + BACKGROUND: stored[0]} if known.background else maps
