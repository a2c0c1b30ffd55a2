"""What is known of every mask and prediction of the study of chains without looking at truth."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from seedmask.config.stages import stage_of
from seedmask.dataset.catalogue import Catalogue
from seedmask.evaluation.images import tag_mismatch
from seedmask.evaluation.label_free import ClassCounts, found_classes
from seedmask.evaluation.scores import IGNORE
from seedmask.export.variants import open_variant
from seedmask.plan.variants import Variants
from seedmask.report.chain import Chain, chain_to
from seedmask.report.class_table import ClassLine, Lineage, read_classes
from seedmask.storage.records import read_record

SALIENT = 0.5
"""Saliency, 0..1, above which a pixel stands out; set before anything was scored."""
SPLIT = "train"
"""Pictures that these numbers are about; all masks have them."""


@dataclass(frozen=True)
class LabelFree:
    """What is known of a result, or of one of its pictures, without truth, 0..1 each; None where it is not."""

    trust: float | None = None
    """Mean over the classes, as the report has it; of results alone."""
    tags: float | None = None
    """F1 of the classes found, against the tags, mean over the classes; of a picture the Jaccard index."""
    agreement: float | None = None
    """Mean of `agreements` with each other mask."""
    crf_change: float | None = None
    """1 - agreement of the thresholded seeds that it grew from and their CRF."""
    activation: float | None = None
    """Activation of its seeds inside its masks, mean over the classes."""
    salient: float | None = None
    """IoU of all that has a class and all that is more salient than `SALIENT`."""


@dataclass(frozen=True)
class Known:
    """All that is known without truth of a set's masks and predictions; of replicates the first."""

    results: Mapping[str, LabelFree]
    pictures: Mapping[str, Mapping[str, LabelFree]]
    """Of each result, by image id."""
    trust: Mapping[str, Mapping[str, float | None]]
    """Of each result, by class."""


def label_free_numbers(plan: Variants) -> Known:
    """Of all masks and predictions of the pictures of `SPLIT`."""
    first = [reference for reference in plan.variants if "." not in reference]
    measured = [reference for reference in first if stage_of(reference).is_measured]
    sources = {name: {"from": made} for name, made in plan.made_from(measured).items()}
    chains = {name: chain_to(name, sources) for name in measured}
    counted = _Counted(plan, chains)
    lines = read_classes(plan.results)
    results, trust = {}, {}
    for name, own in chains.items():
        tested = plan.results / "evaluation" / (own.classifier or "") / "tags.json"
        precisions = read_record(tested)["classes"] if own.classifier else None
        of_classes = trusted_lines(lines, own, counted.clear(own.masks or ""), precisions)
        trust[name] = {line.name: line.trust for line in of_classes}
        results[name] = replace(
            counted.result(name),
            trust=_mean(trust[name].values()),
            tags=_mean(line.f1.get(name) for line in lines),
            activation=_mean(counted.clear(name)),
        )
    return Known(results, counted.pictures, trust)


class _Counted:
    """Pixels of all results, counted picture by picture.

    Args:
        plan: of the set.
        chains: of each result, by its name.
    """

    def __init__(self, plan: Variants, chains: Mapping[str, Chain]):
        self._place = {name: number for number, name in enumerate(chains)}
        self._pairs = {name: refined_seeds(plan.made_from([name]), chains) for name in chains}
        smallest, classes = plan.config.report.smallest, len(Catalogue(plan.results).index.classes)
        self._classes = {name: ClassCounts(classes, smallest) for name in chains}
        self._pixels = np.zeros((2, len(chains), len(chains)))
        self._objects = np.zeros((2, len(chains)))
        self.pictures: dict[str, dict[str, LabelFree]] = {name: {} for name in chains}
        seeds = {chain.seeds for chain in chains.values() if chain.seeds}
        saliency = [name for name in plan.variants if stage_of(name).holds == "heat"][:1]
        stored = {reference: open_variant(plan.results, reference) for reference in (*chains, *seeds, *saliency)}
        for row in Catalogue(plan.results).index.rows_of(SPLIT):
            arrays = {reference: one.read(row.id) for reference, one in stored.items()}
            masks = [arrays[name]["mask"] for name in chains]
            pixels = agreeing_pixels(masks)
            objects = salient_pixels(masks, arrays[saliency[0]]["map"]) if saliency else np.zeros((2, len(chains)))
            self._pixels, self._objects = self._pixels + pixels, self._objects + objects
            shares, salient = agreements(*pixels), agreements(*objects)
            for name, chain in chains.items():
                one = ClassCounts(classes, smallest)
                for counts in (one, self._classes[name]):
                    if chain.seeds:
                        seed = arrays[chain.seeds]
                        counts.add_cams(arrays[name]["mask"], seed["cam"], seed["classes"])
                found = found_classes(arrays[name]["mask"], smallest)
                mismatch = None if row.tags is None else tag_mismatch([found], row.tags)
                self.pictures[name][row.id] = replace(
                    self._shares(name, shares, salient),
                    tags=None if mismatch is None else 1 - mismatch,
                    activation=_mean(one.clear().tolist()),
                )

    def result(self, name: str) -> LabelFree:
        """Of all pictures together."""
        return self._shares(name, agreements(*self._pixels), agreements(*self._objects))

    def clear(self, name: str) -> list[float | None]:
        """Activation of the seeds inside the masks of a result, class by class."""
        if name not in self._classes:
            return []
        return [None if np.isnan(one) else float(one) for one in self._classes[name].clear()]

    def _shares(self, name: str, shares: Float[np.ndarray, "M M"], salient: Float[np.ndarray, " M"]) -> LabelFree:
        place = self._place
        others = [number for mask, number in place.items() if mask.startswith("masks/") and mask != name]
        plain, refined = self._pairs[name] or (name, name)
        return LabelFree(
            agreement=_mean(shares[place[name], others].tolist()),
            crf_change=None if plain == refined else _mean([1 - shares[place[plain], place[refined]]]),
            salient=_mean([salient[place[name]]]),
        )


def salient_pixels(
    masks: Sequence[UInt8[np.ndarray, "H W"]], saliency: Float[np.ndarray, "H W"]
) -> Float[np.ndarray, "2 M"]:
    """Pixels of a picture that have a class in each mask and stand out, and that have a class or stand out.

    A pixel that a mask ignores, 255, does not count.
    """
    labels = np.stack([mask.ravel() for mask in masks])
    objects, stands_out = (labels > 0) & (labels != IGNORE), saliency.ravel() > SALIENT
    return np.stack([(objects & stands_out).sum(1), (objects | (stands_out & (labels != IGNORE))).sum(1)]).astype(float)


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


def agreements(alike: Float[np.ndarray, "..."], either: Float[np.ndarray, "..."]) -> Float[np.ndarray, "..."]:
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
