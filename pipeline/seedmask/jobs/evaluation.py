"""Compare seeds, masks or predictions with truth, where there is any."""

from collections.abc import Iterator, Sequence
from typing import Any

from seedmask.config.protocols import PROTOCOLS, NamedProtocol
from seedmask.config.stages import stage_of
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.evaluation.counting import score_masks, score_seeds, score_strongest
from seedmask.evaluation.image_counts import COUNTS, image_counts_file
from seedmask.evaluation.protocols import Protocol, ScoreBoard
from seedmask.job import Job, log
from seedmask.methods.label_free import cross_entropy_threshold
from seedmask.seeds.cam_sets import pooled_histogram
from seedmask.storage.manifest import read_manifest
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
            boards.append((score_strongest(variant, rows, catalogue, protocols[0]), {}))
        elif stage_of(reference).holds == "cams":
            label_free = cross_entropy_threshold(pooled_histogram(variant))
            boards += score_seeds(variant, rows, catalogue, protocols, label_free)
        else:
            boards.append((score_masks(variant, rows, catalogue, protocols[0]), {}))
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


def _first_weights(job: Job, network: str) -> str:
    """Stage, encoder and first weights of a network, like `classifiers: resnet50 hub:resnet50.tv_in1k`."""
    manifest = read_manifest(job.results, network)
    weights = manifest.facts.get("first_weights") or f"trained elsewhere, {manifest.facts.get('sha256', 'unknown')}"
    return f"{manifest.stage}: {manifest.settings.get('encoder', '')} {weights}"
