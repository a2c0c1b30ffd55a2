"""Scores of all variants as one list, for the page, for `scores.csv` and for the terminal."""

import csv
import io
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import SeedmaskError
from pipeline.inspect.chain import Variants, pixel_labels

NUMBERS = (
    "miou",
    "boundary_miou",
    "pixel_accuracy",
    "foreground_false_positive",
    "foreground_false_negative",
)
"""Scores of a whole set, 0..1 each."""
COLUMNS = ("split", "variant", "threshold_mode", "threshold", "pixel_labels", *NUMBERS, "images", "classes_averaged",
           "protocol")  # fmt: skip
PIXEL_LABELS_HERE = "threshold chosen with truth masks"


@dataclass(frozen=True)
class Score:
    """One result of a variant: a split, and a way to choose the threshold."""

    split: str
    variant: str
    threshold_mode: str
    threshold: float | None
    pixel_labels: str
    """How truth masks went into it; empty where they did not."""
    numbers: Mapping[str, float | None]
    images: int
    classes_averaged: int
    protocol: str
    """Every other choice that changes a number."""
    classes: Mapping[str, float | None]
    """IoU by class name, background first."""
    curve: tuple[tuple[float, float], ...]
    """Threshold and mIoU, for seeds."""


def read_scores(results: Path, variants: Variants, scored: Iterable[str]) -> list[Score]:
    """Scores of some variants, in their order.

    Raises:
        SeedmaskError: a variant has not been scored.
    """
    found = []
    for reference in scored:
        path = results / "evaluation" / reference / "scores.json"
        try:
            value = json.loads(path.read_bytes())
        except FileNotFoundError:
            raise SeedmaskError(f"{path}: is missing; run snakemake to make it") from None
        found += [_score(reference, result, variants) for result in value["results"]]
    return found


def _score(reference: str, result: Mapping[str, Any], variants: Variants) -> Score:
    protocol = result["protocol"]
    oracle = PIXEL_LABELS_HERE if protocol["threshold_mode"] == "oracle" else ""
    return Score(
        split=protocol["split"],
        variant=reference,
        threshold_mode=protocol["threshold_mode"],
        threshold=protocol["threshold"],
        pixel_labels=pixel_labels(reference, variants) or oracle,
        numbers={name: result[name] for name in NUMBERS},
        images=result["images"],
        classes_averaged=result["classes_averaged"],
        protocol=f"{protocol['absent_class']}, 255 as {protocol['ignore_pred']}, "
        f"boundary {protocol['boundary_ratio']:.0%}",
        classes={entry["name"]: entry["iou"] for entry in result["classes"]},
        curve=tuple((t, miou) for t, miou in result.get("curve", ()) if miou is not None and math.isfinite(miou)),
    )


def as_csv(scores: Sequence[Score], classes: Sequence[str]) -> bytes:
    """A table for spreadsheets: one line a score, `iou <class>` after the common columns."""
    names = ("background", *classes)
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*COLUMNS, *(f"iou {name}" for name in names)])
    for s in scores:
        writer.writerow(
            [
                *(s.split, s.variant, s.threshold_mode, _cell(s.threshold), s.pixel_labels),
                *(_cell(s.numbers[name]) for name in NUMBERS),
                *(s.images, s.classes_averaged, s.protocol),
                *(_cell(s.classes[name]) for name in names),
            ]
        )
    return stream.getvalue().encode()


def read_csv(path: Path) -> list[dict[str, str]]:
    """What `as_csv` wrote.

    Raises:
        SeedmaskError: there is no such table.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SeedmaskError(f"{path}: is missing, so the run is not complete; run snakemake to make it") from None
    return list(csv.DictReader(io.StringIO(text)))


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"
