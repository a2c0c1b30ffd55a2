"""States of the files and folders that variants read beside the data set, found once a run and kept for its jobs."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from pipeline.data.listed.stamp import state_of
from pipeline.errors import SeedmaskError
from pipeline.storage.lock import only_writer
from pipeline.storage.records import read_record, write_record

REMEDY = "delete this file and run snakemake, which looks at the files anew"


def states_now(files: Iterable[str]) -> dict[str, str]:
    """What changes when a file or folder does, by its name."""
    return {name: state_of(Path(name)) for name in files}


def keep_states(results: Path, states: Mapping[str, str]) -> None:
    """Write states down, beside those of other configurations."""
    if states.items() <= _known(results).items():
        return
    path = states_path(results)
    with only_writer(path.with_name("lock"), f"the listing of {results.name}"):
        write_record(path, {"files": dict(sorted({**_known(results), **states}.items()))})


def kept_states(results: Path, files: Iterable[str]) -> dict[str, str]:
    """The states that the run began with, whatever has changed since.

    Raises:
        SeedmaskError: they are damaged, or a file was not yet in the configuration.
    """
    names = list(files)
    known = read_record(states_path(results), REMEDY)["files"] if names else {}
    if missing := [name for name in names if name not in known]:
        raise SeedmaskError(
            f"{states_path(results)}: does not know {missing[0]!r}, which came into the configuration after the run "
            "began; run snakemake again"
        )
    return {name: known[name] for name in names}


def states_path(results: Path) -> Path:
    """Where the states lie."""
    return results / "listing" / "files.json"


def _known(results: Path) -> dict[str, str]:
    with suppress(SeedmaskError):  # none yet, or damaged: all are looked at now anyway
        return read_record(states_path(results))["files"]
    return {}
