"""Average precision of a classifier on images whose tags it did not learn from; needs no truth."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from tqdm import tqdm

from seedmask.config.registry import options_of
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.evaluation.cross_validation import cross_validated_scores
from seedmask.evaluation.ranking import average_precisions, mean_average_precision
from seedmask.inference.engine import NetworkSource
from seedmask.inference.networks import first_encoder, trained_source
from seedmask.job import Job, log
from seedmask.methods.batches import as_batch
from seedmask.storage.manifest import read_manifest
from seedmask.storage.records import write_record

FOLDS = 5
MOST_IMAGES = 2000
"""Images that are cross-validated at most: their features take minutes, and more would change no verdict."""
FEWEST_IMAGES = 2
"""Images of a class that its average precision needs: one to learn from, another to recognise."""
SEED = 0
"""Seed of the random selection of images, and of the folds."""


def run(job: Job, device: str) -> None:
    """Write `tags.json` of a classifier: average precision of each class, and how it was measured."""
    catalogue, reference = Catalogue(job.results), job.settings["classifier"]
    manifest = read_manifest(job.results, reference, job.upstream[reference])
    # Options of outside methods need not inherit those of our classifiers.
    options: Any = options_of("classifiers", manifest.settings)
    held_out = frozenset(manifest.facts.get("held_out", ()))
    rows = [row for row in catalogue.index.rows_of("train") if row.tags is not None]
    torch.set_num_threads(job.settings["threads"])
    learns_tags = options.learns_tags
    if learns_tags and not held_out:
        how = f"{FOLDS} folds of a linear head on the encoder's first weights"
        rows = _select(rows)
        encoder = partial(first_encoder, options, len(catalogue.index.classes), device)
        network = NetworkSource(reference, encoder)
        maps = network.function("forward", "auto", device)
        features = _outputs(lambda images: maps(images).mean(dim=(2, 3)), rows, catalogue, device)
        scores = cross_validated_scores(features, _tagged(rows, catalogue), FOLDS, SEED)
    else:
        untrained = "it may know these pictures from elsewhere" if options.made_elsewhere() else "it learned no tags"
        how = "its scores of held-out pictures" if learns_tags else f"its scores; {untrained}"
        rows = [row for row in rows if row.id in held_out] if learns_tags else rows
        network = trained_source(job.results, manifest, device)
        scores = _outputs(network.function("logits", "auto", device), rows, catalogue, device).numpy()
    tagged = _tagged(rows, catalogue)
    precisions, counts = average_precisions(scores, tagged), tagged.sum(axis=0)
    log.info("mean average precision %.3f, %d pictures, %s", mean_average_precision(scores, tagged), len(rows), how)
    classes = [
        {
            "name": name,
            "average_precision": float(precision) if count >= FEWEST_IMAGES else None,
            "chance": float(count / max(1, len(rows))),
            "pictures": int(count),
        }
        for name, precision, count in zip(catalogue.index.classes, precisions, counts, strict=True)
    ]
    write_record(
        job.folder / "tags.json", {"classifier": reference, "how": how, "pictures": len(rows), "classes": classes}
    )


def _select(rows: Sequence[Row]) -> list[Row]:
    """At most `MOST_IMAGES` random rows, in their order."""
    selected = np.random.default_rng(SEED).permutation(len(rows))[:MOST_IMAGES]
    return [rows[number] for number in sorted(selected)]


@torch.no_grad()
def _outputs(
    function: Callable[[torch.Tensor], torch.Tensor],
    rows: Sequence[Row],
    catalogue: Catalogue,
    device: str,
) -> Float[torch.Tensor, "N D"]:
    """Outputs of a function of a network for each image at its own size, on the CPU."""
    progress = tqdm(rows, desc="pictures", mininterval=5, ncols=80)
    outputs = [function(as_batch([catalogue.image(row)], device)).cpu() for row in progress]
    return torch.cat(outputs) if outputs else torch.zeros(0, len(catalogue.index.classes))


def _tagged(rows: Sequence[Row], catalogue: Catalogue) -> Bool[np.ndarray, "N C"]:
    tagged = np.zeros((len(rows), len(catalogue.index.classes)), bool)
    for number, row in enumerate(rows):
        tagged[number, list(row.tags or ())] = True
    return tagged
