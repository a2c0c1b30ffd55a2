"""What is known of each class, put together from tags, masks, and a classifier that was tried."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seedmask.config.replicates import split as split_replicate
from seedmask.dataset.catalogue import class_counts
from seedmask.dataset.index import Index
from seedmask.evaluation.class_counts import ClassCounts, companions
from seedmask.report.chain import Chain, Variants, chain_to
from seedmask.report.class_table import KINDS, ClassLine, Way


def way_of(pixel_labels: Mapping[str, bool], variants: Variants, tried: Mapping[str, Mapping[str, Any]]) -> Way:
    """The way to the last of the predictions, else of the masks, that used no pixel labels.

    Args:
        pixel_labels: variants of masks and predictions in the order of the stages, each with whether truth went into
            it; of replicates only the first is looked at.
        variants: all variants, replicates one by one.
        tried: `tags.json` of each classifier.
    """
    first = {name: labels for name, labels in pixel_labels.items() if not split_replicate(name)[1]}
    honest = [name for name, labels in first.items() if not labels]
    end = [*first, *honest][-1:]
    chain = chain_to(end[0], variants) if end else Chain(classifier=next(reversed(tried), None))
    steps = {name: getattr(chain, name) or "" for name in ("seeds", "masks", "segmenter", "predictions")}
    if chain.classifier not in tried:
        return Way(**steps)
    return Way(classifier=chain.classifier, tried=tried[chain.classifier]["how"], **steps)


def class_lines(
    index: Index, way: Way, tried: Mapping[str, Mapping[str, Any]], counts: Mapping[str, ClassCounts]
) -> list[ClassLine]:
    """A line for each class of the index.

    Args:
        index: its tags of the training pictures are counted.
        way: what trust is about.
        tried: `tags.json` of each classifier.
        counts: of each variant of masks and predictions.
    """
    rows, classes = index.rows_of("train"), len(index.classes)
    is_tagged = any(row.tags is not None for row in rows)
    pictures = class_counts(rows, classes).tolist() if is_tagged else [None] * classes
    company = companions([row.tags or () for row in rows], classes)
    clear = _known(counts[way.masks].clear()) if way.masks else [None] * classes
    told = tried[way.classifier]["classes"] if way.classifier else [{}] * classes
    shares = {kind: {name: _known(getattr(count, kind)()) for name, count in counts.items()} for kind in KINDS}
    return [
        ClassLine(
            name=name,
            pictures=pictures[k],
            way=way,
            precision=told[k].get("average_precision"),
            chance=told[k].get("chance"),
            clear=clear[k],
            companion=index.classes[company[k][0]] if company[k] else "",
            companion_share=company[k][1] if company[k] else None,
            **{kind: {variant: values[k] for variant, values in found.items()} for kind, found in shares.items()},
        )
        for k, name in enumerate(index.classes)
    ]


def _known(shares: np.ndarray) -> Sequence[float | None]:
    return [None if np.isnan(share) else float(share) for share in shares]
