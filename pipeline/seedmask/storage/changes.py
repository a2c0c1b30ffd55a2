"""Changes of settings, code, libraries and inputs since a result was made.

A manifest holds the hash of all code that made the result. The hashes of every function of that code are kept once
beside the results, so that a rerun can name the function that changed.
"""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from seedmask.errors import SeedmaskError
from seedmask.events import note
from seedmask.fingerprint import code_of, definitions_of, states_of
from seedmask.job import Job
from seedmask.storage.manifest import Manifest
from seedmask.storage.records import read_record, write_record

Definitions = Mapping[str, Mapping[str, str]]
"""Hash of each definition of each module."""
INPUTS = {
    "picture": "pictures or tags",
    "pictures": "pictures or tags",
    "source": "the labels that people gave",
    "background": "the background score that was fitted",
    "classes": "the list of classes",
    "weights": "the weights that it starts from",
    "file": "the file of its network",
    "reading": "how pictures are read",
}
"""Descriptions of inputs that are not variants."""
NAMED = 5
"""Largest number of definitions that are named."""


def code_path(results: Path, code: str) -> Path:
    """File of the definitions of some code."""
    return results / "code" / f"{code}.json"


def store_definitions(job: Job) -> None:
    """Keep the definitions of a job's code beside the results, once for all results that it makes.

    Raises:
        SeedmaskError: the code is not the one that the job was planned with.
    """
    if not job.modules:
        return
    path = code_path(job.results, job.basis["code"])
    with suppress(SeedmaskError):  # not kept yet, or damaged
        kept = read_record(path)["files"]
        if kept == states_of(kept):  # files that nobody touched need not be parsed
            return
    if code_of(job.modules)["code"] != job.basis["code"]:
        raise SeedmaskError("the code has changed since this run was planned; run snakemake again")
    definitions = definitions_of(job.modules)
    write_record(path, {"definitions": definitions, "files": states_of(definitions)})


def log_changes(made: Manifest, job: Job, inputs: Mapping[str, str], layout: Mapping[str, Any] | None = None) -> None:
    """Log why an existing result is made again."""
    for change in changes(made, job, inputs, layout):
        note("made again: %s", change)


def changes(
    made: Manifest, job: Job, inputs: Mapping[str, str] | None = None, layout: Mapping[str, Any] | None = None
) -> list[str]:
    """Changes since a result was made, one line each.

    Args:
        made: manifest of the result.
        job: the job that would make it now.
        inputs: digests of what it would be made from; not looked at when not given.
        layout: layout of its store; not looked at when not given.
    """
    found = [*_settings(made.settings, job.settings), *_basis(made, job)]
    if list(made.pixel_labels) != list(job.pixel_labels):
        found.append(f"pixel labels: {_ways(made.pixel_labels)}, now {_ways(job.pixel_labels)}")
    if list(made.made_elsewhere) != list(job.made_elsewhere):
        found.append(f"made elsewhere: {_ways(made.made_elsewhere)}, now {_ways(job.made_elsewhere)}")
    if inputs is not None:
        names = [name for name in dict.fromkeys([*made.inputs, *inputs]) if made.inputs.get(name) != inputs.get(name)]
        found += [f"input: {INPUTS.get(name, name)} changed" for name in names]
    if layout is not None and dict(layout) != made.layout:
        names = [key for key in layout if layout[key] != made.layout.get(key)]
        found.append("layout of the store: " + ", ".join(f"{key} changed" for key in names))
    return found


def _settings(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    old, new = dict(flat(before)), dict(flat(now))
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            yield f"setting `{key}`: {_shown(old, key)}, now {_shown(new, key)}"


def flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Settings with the names of their groups: `threshold.value`."""
    if isinstance(value, Mapping) and value:
        for key, part in value.items():
            yield from flat(part, f"{name}.{key}" if name else key)
    else:
        yield name, list(value) if isinstance(value, tuple) else value


def _shown(values: Mapping[str, Any], key: str) -> str:
    return repr(values[key]) if key in values else "not there"


def _ways(marks: tuple[str, ...]) -> str:
    return "; ".join(marks) or "none"


def _basis(made: Manifest, job: Job) -> Iterator[str]:
    for name in dict.fromkeys([*made.basis, *job.basis]):
        before, now = made.basis.get(name), job.basis.get(name)
        if before == now:
            continue
        if name == "code":
            yield f"code: {', '.join(_changed_code(made, job))}"
        elif "/" in name or "." in name:
            yield f"file {name} changed"
        else:
            yield f"library {name}: {before or 'not used'}, now {now or 'not used'}"


def _changed_code(made: Manifest, job: Job) -> list[str]:
    """Names of the definitions that changed, as far as those of the earlier code are known."""
    try:
        before: Definitions = read_record(code_path(job.results, made.basis["code"]))["definitions"]
    except (SeedmaskError, KeyError):
        return ["changed"]
    names = list(_changed(before, definitions_of(job.modules)))
    more = [f"and {len(names) - NAMED} more"] if len(names) > NAMED else []
    return [*names[:NAMED], *more] or ["changed"]


def _changed(before: Definitions, now: Definitions) -> Iterator[str]:
    for module in sorted({*before, *now}):
        old, new = before.get(module), now.get(module)
        if old is None or new is None:
            yield f"{module} {'is read now' if old is None else 'is read no more'}"
            continue
        for name in dict.fromkeys([*old, *new]):
            if old.get(name) != new.get(name):
                what = "is new" if name not in old else "is gone" if name not in new else "changed"
                yield f"{module}.{name} {what}"
