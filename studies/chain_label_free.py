"""What is known of every mask and prediction of the study of chains without looking at truth."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from seedmask.config.stages import stage_of
from seedmask.dataset.catalogue import Catalogue
from seedmask.evaluation.label_free import ClassCounts
from seedmask.evaluation.scores import IGNORE
from seedmask.export.variants import open_variant
from seedmask.plan.variants import Variants
from seedmask.report.chain import Chain, chain_to
from seedmask.report.class_table import ClassLine, Lineage, read_classes
from seedmask.storage.records import read_record

SPLIT = "train"
"""Pictures that these numbers are about; all masks have them."""


@dataclass(frozen=True)
class LabelFree:
    """What is known of a result without truth, 0..1 each; None where it is not."""

    trust: float | None
    """Mean over the classes, as the report has it."""
    tags: float | None
    """F1 of the classes found, against the tags, mean over the classes."""
    agreement: float | None
    """Mean of `agreements` with each other mask."""
    crf_change: float | None
    """1 - agreement of the thresholded seeds that it grew from and their CRF."""
    activation: float | None
    """Activation of its seeds inside its masks, mean over the classes."""


def label_free_numbers(plan: Variants) -> dict[str, LabelFree]:
    """Of all masks and predictions; of replicates the first."""
    first = [reference for reference in plan.variants if "." not in reference]
    measured = [reference for reference in first if stage_of(reference).is_measured]
    sources = {name: {"from": made} for name, made in plan.made_from(measured).items()}
    chains = {name: chain_to(name, sources) for name in measured}
    lines = read_classes(plan.results)
    counts = {name: ClassCounts(len(lines), plan.config.report.smallest) for name in measured}
    shares = _counted(plan, chains, counts)
    clear = {name: [None if np.isnan(one) else float(one) for one in counts[name].clear()] for name in measured}
    place = {name: number for number, name in enumerate(measured)}
    found = {}
    for name, own in chains.items():
        others = [place[mask] for mask in measured if mask.startswith("masks/") and mask != name]
        plain, refined = refined_seeds(plan.made_from([name]), measured) or (name, name)
        tested = plan.results / "evaluation" / (own.classifier or "") / "tags.json"
        precisions = read_record(tested)["classes"] if own.classifier else None
        found[name] = LabelFree(
            trust=_mean(line.trust for line in trusted_lines(lines, own, clear.get(own.masks or ""), precisions)),
            tags=_mean(line.f1.get(name) for line in lines),
            agreement=_mean(shares[place[name], others].tolist()),
            crf_change=None if plain == refined else _mean([1 - shares[place[plain], place[refined]]]),
            activation=_mean(clear[name]),
        )
    return found


def _counted(
    plan: Variants, chains: Mapping[str, Chain], counts: Mapping[str, ClassCounts]
) -> Float[np.ndarray, "M M"]:
    """Agreement of each two of the chains' ends; adds the activation inside each of them to its counts."""
    seeds = {chain.seeds for chain in chains.values() if chain.seeds}
    stored = {reference: open_variant(plan.results, reference) for reference in (*chains, *seeds)}
    pixels = np.zeros((2, len(chains), len(chains)))
    for row in Catalogue(plan.results).index.rows_of(SPLIT):
        arrays = {reference: one.read(row.id) for reference, one in stored.items()}
        pixels += agreeing_pixels([arrays[name]["mask"] for name in chains])
        for name, chain in chains.items():
            if chain.seeds:
                seed = arrays[chain.seeds]
                counts[name].add_cams(arrays[name]["mask"], seed["cam"], seed["classes"])
    return agreements(*pixels)


def agreeing_pixels(masks: Sequence[UInt8[np.ndarray, "H W"]]) -> Float[np.ndarray, "2 M M"]:
    """Pixels to which each two of the masks of a picture give the same class, and to which either gives one.

    A pixel that one of the two ignores, 255, does not count.
    """
    labels = np.stack([mask.ravel() for mask in masks])
    decided = (labels != IGNORE).astype(np.float32)
    objects = decided * (labels > 0)
    alike = np.zeros((len(masks), len(masks)))
    for label in set(np.unique(labels).tolist()) - {0, IGNORE}:
        of_class = (labels == label).astype(np.float32)
        alike += of_class @ of_class.T
    either = objects @ decided.T + decided @ objects.T - objects @ objects.T
    return np.stack([alike, either])


def agreements(alike: Float[np.ndarray, "M M"], either: Float[np.ndarray, "M M"]) -> Float[np.ndarray, "M M"]:
    """Share of the pixels with a class in either of two masks to which both give the same; NaN without such pixels."""
    return np.divide(alike, either, out=np.full(alike.shape, np.nan), where=either > 0)


def refined_seeds(made_from: Iterable[str], measured: Collection[str]) -> tuple[str, str] | None:
    """Masks of threshold and of CRF of the nearest seeds that have both.

    Args:
        made_from: a result and what it is made from, the nearest first.
        measured: all masks and predictions.
    """
    for reference in made_from:
        name = reference.removeprefix("seeds/")
        pair = (f"masks/{name}_threshold", f"masks/{name}_crf")
        if all(mask in measured for mask in pair):
            return pair
    return None


def trusted_lines(
    lines: Sequence[ClassLine],
    chain: Chain,
    clear: Sequence[float | None] | None,
    precisions: Sequence[Mapping[str, Any]] | None,
) -> list[ClassLine]:
    """Lines of the classes as if the report were about another result.

    Args:
        lines: of the report.
        chain: the result and what it is made from.
        clear: activation inside the chain's masks, class by class.
        precisions: average precision and chance of the chain's classifier, class by class.
    """
    end = chain.end if chain.end.startswith("predictions/") else ""
    return [
        replace(
            line,
            lineage=Lineage(masks=chain.masks or "", predictions=end),
            clear=clear[k] if clear else None,
            precision=precisions[k]["average_precision"] if precisions else None,
            chance=precisions[k]["chance"] if precisions else None,
        )
        for k, line in enumerate(lines)
    ]


def _mean(values: Iterable[float | None]) -> float | None:
    """Of what is known."""
    known = [value for value in values if value is not None and not np.isnan(value)]
    return float(np.mean(known)) if known else None
