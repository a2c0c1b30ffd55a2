"""Compare seeds, masks or predictions with truth, where there is any."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from seedmask.config.stages import stage_of
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.evaluation.protocols import Protocol, ScoreBoard, ThresholdMode
from seedmask.evaluation.scores import scores
from seedmask.evaluation.sweep import ThresholdSweep
from seedmask.job import Job, log
from seedmask.methods.label_free import cross_entropy_threshold
from seedmask.methods.threshold import strongest, threshold_labels
from seedmask.methods.weak_labels import mask_of
from seedmask.seeds.cam_sets import pooled_histogram
from seedmask.storage.reader import StoredVariant
from seedmask.storage.records import write_record
from seedmask.storage.shard import open_variant


def run(job: Job, device: str) -> None:  # noqa: ARG001  counting is done on the CPU
    """Write `scores.json` of a variant: one result for each split and threshold mode."""
    reference, catalogue = job.settings["variant"], Catalogue(job.results)
    variant = open_variant(job, reference, catalogue.rows(job.splits))
    results: list[dict[str, Any]] = []
    for split in job.splits:
        rows = [row for row in catalogue.index.rows_of(split) if row.mask is not None and row.id in variant]
        counting = {**job.settings["counting"], "scored_list": job.settings["lists"][split]}
        if not rows:
            log.info("split %s has no truth masks: not scored", split)
        elif stage_of(reference).holds == "cams":
            results += _score_seeds(variant, rows, catalogue, counting)
        else:
            results.append(_score_masks(variant, rows, catalogue, counting))
    for result in results:
        protocol = result["protocol"]
        log.info("%s, threshold %s: mIoU %.3f", protocol["split"], protocol["threshold_mode"], result["miou"])
    marks = {"pixel_labels": list(variant.pixel_labels()), "made_elsewhere": list(variant.made_elsewhere())}
    write_record(job.folder / "scores.json", {"variant": reference, **marks, "results": results})


def _score_masks(
    variant: StoredVariant, rows: Sequence[Row], catalogue: Catalogue, counting: Mapping[str, Any]
) -> dict[str, Any]:
    threshold = variant.facts().get("threshold", {"mode": "none", "value": None})
    protocol = Protocol(rows[0].split, **counting, threshold_mode=threshold["mode"], threshold=threshold["value"])
    return _count(protocol, catalogue, ((row, mask_of(variant.read(row.id))) for row in rows))


def _score_seeds(
    seeds: StoredVariant, rows: Sequence[Row], catalogue: Catalogue, counting: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Results at the label-free and at the best threshold, with the mIoU at every threshold."""
    sweep = ThresholdSweep(len(catalogue.index.classes) + 1)
    for row in rows:
        arrays = seeds.read(row.id)
        sweep.add(catalogue.truth(row), *strongest(arrays["cam"], arrays["classes"]))
    thresholds, confusions = sweep.confusions()
    curve = [
        [float(t), scores(matrix, counting["absent_class"]).miou]
        for t, matrix in zip(thresholds, confusions, strict=True)
    ]
    selected: dict[ThresholdMode, float] = {
        "label_free": cross_entropy_threshold(pooled_histogram(seeds)),
        "oracle": sweep.best(counting["absent_class"])[0],
    }
    results = []
    for mode, value in selected.items():
        protocol = Protocol(rows[0].split, **counting, threshold_mode=mode, threshold=value)
        labels = (
            (row, threshold_labels(arrays["cam"], arrays["classes"], value))
            for row, arrays in ((row, seeds.read(row.id)) for row in rows)
        )
        results.append({**_count(protocol, catalogue, labels), "curve": curve})
    return results


def _count(protocol: Protocol, catalogue: Catalogue, labels: Iterable[tuple[Row, Any]]) -> dict[str, Any]:
    board = ScoreBoard(catalogue.index.classes, protocol)
    for row, mask in labels:
        board.add(row.id, catalogue.truth(row), mask)
    return board.result()
