"""Compare seeds, masks or predictions with truth, where there is any."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seedmask.config.protocols import PROTOCOLS, NamedProtocol
from seedmask.config.stages import stage_of
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.dataset.placing import whole_labels
from seedmask.errors import SeedmaskError
from seedmask.evaluation.image_counts import COUNTS, image_counts_file
from seedmask.evaluation.protocols import Protocol, ScoreBoard, ThresholdMode
from seedmask.evaluation.sweep import ThresholdSweep
from seedmask.job import Job, log
from seedmask.methods.label_free import cross_entropy_threshold
from seedmask.methods.threshold import strongest, threshold_labels
from seedmask.methods.weak_labels import Labels, mask_of
from seedmask.seeds.cam_sets import pooled_histogram
from seedmask.storage.manifest import read_manifest
from seedmask.storage.reader import StoredVariant
from seedmask.storage.records import write_proved, write_record
from seedmask.storage.shard import open_variant


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `scores.json` of a variant: one result for each split and threshold mode; and the counts of each image."""
    reference, catalogue = job.settings["variant"], Catalogue(job.results)
    variant = open_variant(job, reference, catalogue.rows(job.splits))
    boards: list[tuple[ScoreBoard, dict[str, Any]]] = []
    for split in job.splits:
        rows = [row for row in catalogue.index.rows_of(split) if row.mask is not None and row.id in variant]
        if not rows:
            log.info("split %s has no truth masks: not scored", split)
            continue
        protocols = list(_protocols(job, catalogue, rows))
        if stage_of(reference).holds == "cams" and not catalogue.index.labels.background:
            boards.append((_score_strongest(variant, rows, catalogue, protocols[0]), {}))
        elif stage_of(reference).holds == "cams":
            boards += _score_seeds(variant, rows, catalogue, protocols)
        else:
            boards.append((_score_masks(variant, rows, catalogue, protocols[0]), {}))
    results = []
    for board, more in boards:
        result = board.result()
        protocol = result["protocol"]
        log.info("%s, threshold %s: mIoU %.3f", protocol["split"], protocol["threshold_mode"], result["miou"])
        for departure in protocol["departures"]:
            log.info("not as %s: %s", protocol["name"], departure)
        results.append({**result, **more})
    write_proved(job.folder / COUNTS, image_counts_file([board.pictures for board, _ in boards]))
    marks = {"pixel_labels": list(variant.pixel_labels()), "made_elsewhere": list(variant.made_elsewhere())}
    write_record(job.folder / "scores.json", {"variant": reference, **marks, "results": results})


def _protocols(job: Job, catalogue: Catalogue, rows: Sequence[Row]) -> Iterator[Protocol]:
    """How every result is counted, and after it how the named protocols that are about seeds alone do it.

    Raises:
        SeedmaskError: the data set cannot be scored as a named protocol.
    """
    settings, split = job.settings, rows[0].split
    made = {
        "scored_list": settings["lists"][split],
        "truth_recipe": settings["truth_recipe"],
        "views": settings["views"],
        "families": settings["families"],
        "first_weights": [_first_weights(job, network) for network in settings["networks"]],
    }
    names: list[str] = settings["protocols"]
    if all(PROTOCOLS[name].seeds_only for name in names):
        yield Protocol(split, **settings["counting"], **made)
    for name in sorted(names, key=lambda name: PROTOCOLS[name].seeds_only):
        named = PROTOCOLS[name]
        if refusal := named.refusal(len(catalogue.index.classes), catalogue.index.labels.background):
            raise SeedmaskError(f"evaluation: protocol {name}: {refusal}")
        departures = [*departures_of(named, rows), *named.view_departures(settings["views"])]
        counting = {"absent_class": named.absent_class, "ignore_pred": named.ignore_pred}
        yield Protocol(split, name=name, departures=departures, **counting, **made)


def departures_of(named: NamedProtocol, rows: Sequence[Row]) -> Iterator[str]:
    """What distinguishes the scored pictures of a split from those of a protocol: their number, and their sizes."""
    pictures = len({row.picture for row in rows})
    if text := named.list_departure(rows[0].split, pictures):
        yield text
    if shrunk := len({row.picture for row in rows if row.placement and row.placement.scale != (1, 1)}):
        yield f"{shrunk:,} of {pictures:,} pictures are shrunk, expected their own sizes"


def _named(protocol: Protocol) -> NamedProtocol:
    """What a protocol's name stands for; nothing in particular without a name."""
    return PROTOCOLS[protocol.name] if protocol.name else NamedProtocol("", 0, ())


def _first_weights(job: Job, network: str) -> str:
    """Stage, encoder and first weights of a network, like `classifiers: resnet50 hub:resnet50.tv_in1k`."""
    manifest = read_manifest(job.results, network)
    weights = manifest.facts.get("first_weights") or f"trained elsewhere, {manifest.facts.get('sha256', 'unknown')}"
    return f"{manifest.stage}: {manifest.settings.get('encoder', '')} {weights}"


def _score_masks(variant: StoredVariant, rows: Sequence[Row], catalogue: Catalogue, protocol: Protocol) -> ScoreBoard:
    threshold = variant.facts().get("threshold", {"mode": "none", "value": None})
    protocol = replace(protocol, threshold_mode=threshold["mode"], threshold=threshold["value"])
    board = _board(catalogue, protocol)
    for picture, tiles in _pictures(rows):
        masks = [mask_of(variant.read(row.id)) for row in tiles]
        board.add(picture, _truth(catalogue, tiles), _together(tiles, masks))
    return board


def _score_strongest(seeds: StoredVariant, rows: Sequence[Row], catalogue: Catalogue, protocol: Protocol) -> ScoreBoard:
    """Counts of the strongest class at each pixel, as there is no background."""
    board = _board(catalogue, protocol)
    for picture, tiles in _pictures(rows):
        read = map(seeds.read, (row.id for row in tiles))
        masks = [threshold_labels(arrays["cam"], arrays["classes"], 0, "none") for arrays in read]
        board.add(picture, _truth(catalogue, tiles), _together(tiles, masks))
    return board


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


def _score_seeds(
    seeds: StoredVariant, rows: Sequence[Row], catalogue: Catalogue, protocols: Sequence[Protocol]
) -> Iterator[tuple[ScoreBoard, dict[str, Any]]]:
    """Counts at the label-free and at the best threshold, or as named protocols have it; each with its curve."""
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
        "label_free": cross_entropy_threshold(pooled_histogram(seeds)),
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
