"""Views of a segmenter for new images: those of a variant of its predictions, with requested changes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from seedmask.config.explain import nearest
from seedmask.config.views import ViewOptions
from seedmask.errors import InputError, Problem, SeedmaskError
from seedmask.export.variants import require_variant
from seedmask.storage.manifest import Manifest
from seedmask.storage.variants import list_variants

DEFAULTS = "the defaults"
"""Origin of views that no variant of the predictions has."""


def views_of(
    results: Path, reference: str, options: Mapping[str, Any], like: str | None = None
) -> tuple[ViewOptions, str, tuple[str, ...]]:
    """Views of a segmenter, their origin, and other variants with views of it.

    Args:
        results: `results/<data set>`.
        reference: the segmenter, `segmenters/crf`.
        options: changes, by the keys of predictions in the configuration.
        like: variant of the predictions whose views are taken; when not given, that of the segmenter's own name, else
            the first that reads it, else the defaults.

    Raises:
        SeedmaskError: an option is unknown or has a wrong value; `like` is no variant that reads the segmenter.
    """
    reading = _reading(results, reference)
    if like is not None and like not in reading:
        require_variant(results, like, ("predictions",))
        known = f"write {nearest(like, list(reading))}" if reading else "leave it out"
        raise SeedmaskError(f"{like} is not made from {reference}, or no shard of it is finished; {known}")
    namesake = reference.replace("segmenters/", "predictions/")
    source = like or (namesake if namesake in reading else next(iter(reading), DEFAULTS))
    others = () if like else tuple(name for name in reading if name != source)
    return _changed(reading.get(source, {"from": reference}), options), source, others


def _reading(results: Path, reference: str) -> dict[str, dict[str, Any]]:
    """Settings of the variants of predictions that read a segmenter and have a finished shard."""
    settings_of: dict[str, dict[str, Any]] = {}
    for name in list_variants(results, ("predictions",)):
        first = next(iter(sorted((results / name / "manifests").glob("*.json"))), None)
        settings = Manifest.read(first).settings if first else {}
        if settings.get("from") == reference:
            settings_of[name] = settings
    return settings_of


def _changed(settings: Mapping[str, Any], options: Mapping[str, Any]) -> ViewOptions:
    known = [name for name in ViewOptions.model_fields if name != "source"]
    problems = [
        Problem(name, "no such option", f"write {nearest(name, known)}") for name in options if name not in known
    ]
    if problems:
        raise InputError("options of the segmenter", problems)
    kept = {name: value for name, value in settings.items() if name in (*known, "from")}
    try:
        return ViewOptions.model_validate({**kept, **options})
    except ValidationError as error:
        raise InputError("options of the segmenter", [_problem(detail, options) for detail in error.errors()]) from None


def _problem(detail: Mapping[str, Any], options: Mapping[str, Any]) -> Problem:
    where = ".".join(map(str, detail["loc"])) or ", ".join(options)
    message = detail["msg"].removeprefix("Value error, ")
    return Problem(where, message[:1].lower() + message[1:], "see predictions in docs/config.md")
