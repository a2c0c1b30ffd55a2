"""Counting stored results against truth, picture by picture; one that is cut into tiles counts whole."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seedmask.config.protocols import PROTOCOLS, NamedProtocol
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.dataset.placing import whole_labels
from seedmask.evaluation.protocols import Protocol, ScoreBoard, ThresholdMode
from seedmask.evaluation.sweep import ThresholdSweep
from seedmask.methods.threshold import strongest, threshold_labels
from seedmask.methods.weak_labels import Labels, mask_of
from seedmask.storage.reader import StoredVariant


def score_masks(variant: StoredVariant, rows: Sequence[Row], catalogue: Catalogue, protocol: Protocol) -> ScoreBoard:
    """Counts of masks; the protocol names the threshold that made them."""
    threshold = variant.facts().get("threshold", {"mode": "none", "value": None})
    protocol = replace(protocol, threshold_mode=threshold["mode"], threshold=threshold["value"])
    board = _board(catalogue, protocol)
    for picture, tiles in _pictures(rows):
        masks = [mask_of(variant.read(row.id)) for row in tiles]
        board.add(picture, _truth(catalogue, tiles), _together(tiles, masks))
    return board


def score_strongest(seeds: StoredVariant, rows: Sequence[Row], catalogue: Catalogue, protocol: Protocol) -> ScoreBoard:
    """Counts of the strongest class at each pixel, as there is no background."""
    board = _board(catalogue, protocol)
    for picture, tiles in _pictures(rows):
        read = map(seeds.read, (row.id for row in tiles))
        masks = [threshold_labels(arrays["cam"], arrays["classes"], 0, "none") for arrays in read]
        board.add(picture, _truth(catalogue, tiles), _together(tiles, masks))
    return board


def score_seeds(
    seeds: StoredVariant,
    rows: Sequence[Row],
    catalogue: Catalogue,
    protocols: Sequence[Protocol],
    label_free: float,
) -> Iterator[tuple[ScoreBoard, dict[str, Any]]]:
    """Counts at the label-free and at the best threshold, or as named protocols have it; each with its curve.

    Args:
        seeds: the seeds.
        rows: the scored rows of a split, those of a picture together.
        catalogue: where their truth is.
        protocols: the one of every result first, after it those about seeds alone.
        label_free: the threshold that needs no truth, 0..1.
    """
    chosen: dict[ThresholdMode, Protocol] = {"label_free": protocols[0], "oracle": protocols[0]}
    chosen |= {"fixed" if _named(one).threshold is not None else "oracle": one for one in protocols[1:]}
    labels = len(catalogue.index.classes) + 1
    sweeps = {mode: ThresholdSweep(labels, thresholds=_named(one).thresholds) for mode, one in chosen.items()}
    for row in rows:
        arrays = seeds.read(row.id)
        truth, found = catalogue.truth(row), strongest(arrays["cam"], arrays["classes"])
        for sweep in sweeps.values():
            sweep.add(truth, *found)
    values = {
        "label_free": label_free,
        "oracle": sweeps["oracle"].best(chosen["oracle"].absent_class)[0],
    }
    for one in map(_named, protocols):
        if one.threshold is not None:
            values["fixed"] = one.threshold
    boards = {
        mode: _board(catalogue, replace(one, threshold_mode=mode, threshold=values[mode]))
        for mode, one in chosen.items()
    }
    for picture, tiles in _pictures(rows):
        masks: dict[str, list[np.ndarray]] = {mode: [] for mode in boards}
        for row in tiles:
            arrays = seeds.read(row.id)
            for mode in boards:
                masks[mode].append(threshold_labels(arrays["cam"], arrays["classes"], values[mode]))
        truth = _truth(catalogue, tiles)
        for mode, board in boards.items():
            board.add(picture, truth, _together(tiles, masks[mode]))
    for mode, board in boards.items():
        yield board, {"curve": sweeps[mode].curve(board.protocol.absent_class)}


def _named(protocol: Protocol) -> NamedProtocol:
    """What a protocol's name stands for; nothing in particular without a name."""
    return PROTOCOLS[protocol.name] if protocol.name else NamedProtocol("", 0, ())


def _board(catalogue: Catalogue, protocol: Protocol) -> ScoreBoard:
    return ScoreBoard(catalogue.index.classes, protocol, catalogue.index.labels.background)


def _pictures(rows: Iterable[Row]) -> Iterator[tuple[str, list[Row]]]:
    """Id and rows of each picture; one that is cut has several."""
    return ((picture, list(tiles)) for picture, tiles in itertools.groupby(rows, lambda row: row.picture))


def _truth(catalogue: Catalogue, tiles: Sequence[Row]) -> Labels:
    """Truth of a picture, whole where it is cut."""
    return catalogue.truth(tiles[0] if len(tiles) == 1 else tiles[0].whole)


def _together(tiles: Sequence[Row], masks: Sequence[np.ndarray]) -> Labels:
    """Labels of a picture from those of its tiles."""
    if len(tiles) == 1:
        return masks[0]
    return whole_labels((row.placement, mask) for row, mask in zip(tiles, masks, strict=True) if row.placement)
