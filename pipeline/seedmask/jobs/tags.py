"""How well a classifier tells the classes apart on pictures whose tags it did not learn; needs no truth."""

import importlib
from collections.abc import Callable, Sequence

import numpy as np
import torch
from jaxtyping import Bool, Float
from tqdm import tqdm

from seedmask.config.registry import options_of
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.evaluation.cross_validation import cross_validated_scores
from seedmask.evaluation.ranking import average_precisions, mean_average_precision
from seedmask.inference.classifier import trained_classifier
from seedmask.job import Job, log
from seedmask.methods.batches import as_batch
from seedmask.storage.manifest import read_manifest
from seedmask.storage.records import write_record

FOLDS = 5
MOST = 2000
"""Pictures that are cross-validated at most: their features take minutes, and more would change no verdict."""
FEWEST = 2
"""Pictures of a class from which it can be judged: one to learn, another to be told."""
SEED = 0
"""Of the pictures that are drawn, and of the folds."""


def run(job: Job, device: str) -> None:
    """Write `tags.json` of a classifier: average precision of each class, and on which pictures of which network."""
    catalogue, reference = Catalogue(job.results), job.settings["classifier"]
    manifest = read_manifest(job.results, reference, job.upstream[reference])
    options = options_of("classifiers", manifest.settings)
    held_out = frozenset(manifest.facts.get("held_out", ()))
    rows = [row for row in catalogue.index.rows_of("train") if row.tags is not None]
    torch.set_num_threads(job.settings["threads"])
    learned = options.learns_tags
    if learned and not held_out:
        how = f"{FOLDS} folds of a linear head on the encoder's first weights"
        rows = _drawn(rows)
        torch.manual_seed(options.seed)  # as before the training, for weights that are drawn
        encoder = importlib.import_module(options.network()).build(options, len(catalogue.index.classes)).encoder
        features = _asked(lambda pictures: encoder(pictures).mean(dim=(2, 3)), encoder, rows, catalogue, device)
        scores = cross_validated_scores(features, _wanted(rows, catalogue), FOLDS, SEED)
    else:
        how = "its scores of held-out pictures" if learned else "its scores; it learned no tags"
        rows = [row for row in rows if row.id in held_out] if learned else rows
        network = trained_classifier(job.results, manifest, device)
        scores = _asked(network.logits, network, rows, catalogue, device).numpy()
    wanted = _wanted(rows, catalogue)
    precisions, counts = average_precisions(scores, wanted), wanted.sum(axis=0)
    log.info("mean average precision %.3f, %d pictures, %s", mean_average_precision(scores, wanted), len(rows), how)
    classes = [
        {
            "name": name,
            "average_precision": float(precision) if count >= FEWEST else None,
            "chance": float(count / max(1, len(rows))),
            "pictures": int(count),
        }
        for name, precision, count in zip(catalogue.index.classes, precisions, counts, strict=True)
    ]
    write_record(
        job.folder / "tags.json", {"classifier": reference, "how": how, "pictures": len(rows), "classes": classes}
    )


def _drawn(rows: Sequence[Row]) -> list[Row]:
    """At most `MOST` of the pictures, in their order."""
    chosen = np.random.default_rng(SEED).permutation(len(rows))[:MOST]
    return [rows[number] for number in sorted(chosen)]


@torch.no_grad()
def _asked(
    question: Callable[[torch.Tensor], torch.Tensor],
    network: torch.nn.Module,
    rows: Sequence[Row],
    catalogue: Catalogue,
    device: str,
) -> Float[torch.Tensor, "N D"]:
    """What a network says of each picture in its own size, on the CPU."""
    network.eval().to(device)
    shown = tqdm(rows, desc="pictures", mininterval=5, ncols=80)
    answers = [question(as_batch([catalogue.image(row)], device)).cpu() for row in shown]
    return torch.cat(answers) if answers else torch.zeros(0, len(catalogue.index.classes))


def _wanted(rows: Sequence[Row], catalogue: Catalogue) -> Bool[np.ndarray, "N C"]:
    wanted = np.zeros((len(rows), len(catalogue.index.classes)), bool)
    for number, row in enumerate(rows):
        wanted[number, list(row.tags)] = True
    return wanted
