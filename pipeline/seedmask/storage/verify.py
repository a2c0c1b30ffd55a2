"""Prove all results of a data set against their manifests, and delete what a run shall make again.

Every image of every shard is read and hashed, so this takes as long as reading the results. Every file counts: stores
with their metadata, networks, manifests with their second copies, the index, scores, tables, page and checkpoints.
"""

import shutil
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path

from seedmask.config.stages import SHARDED, TRAINED
from seedmask.errors import SeedmaskError
from seedmask.storage.damage import Damage, of_network, of_parts, of_proved, of_records, of_shards, of_tables
from seedmask.storage.files import write_atomic
from seedmask.storage.leftovers import all_locks, leftovers
from seedmask.storage.records import check_layout
from seedmask.storage.variants import variants


def verify(results: Path) -> list[Damage]:
    """Everything that is wrong with a data set's results; nothing is changed.

    Args:
        results: `results/<data set>`.

    Raises:
        SeedmaskError: there are no results, or another version of Seedmask made them.
    """
    check_layout(results)
    if not (results / "index").is_dir():
        raise SeedmaskError(f"{results}: holds no index; name a folder like results/stamps, made by snakemake")
    problems = [problem for variant in variants(results, SHARDED) for problem in of_shards(results, variant)]
    problems += [problem for variant in variants(results, TRAINED) for problem in of_network(results, variant)]
    problems += [*of_records(results), *of_proved(results), *of_parts(results), *of_tables(results)]
    return problems + [
        Damage(str(path), "left over by a killed run", "remove it: `seedmask verify --clean`")
        for path in leftovers(results)
    ]


def repair(results: Path, problems: Iterable[Damage]) -> list[Path]:
    """Delete what is damaged, so that a run makes it again, and write anew what follows from a manifest.

    Args:
        results: `results/<data set>`.
        problems: what `verify` found there.

    Returns:
        The files that were deleted or written.

    Raises:
        SeedmaskError: a job is writing a damaged variant.
    """
    changed: list[Path] = []
    for problem in problems:
        for path in (*problem.removes, *problem.restores):
            folder = results.joinpath(*path.relative_to(results).parts[:2])
            with ExitStack() as held:
                if folder.is_dir() and not all_locks(folder, held):
                    raise SeedmaskError(f"{folder}: a job is writing there; wait until it has ended and repair again")
                if path in problem.restores:
                    write_atomic(path, problem.restores[path])
                else:
                    path.unlink(missing_ok=True)
            changed.append(path)
    return sorted(set(changed))


def remove_variant(results: Path, reference: str) -> None:
    """Delete all of a variant, its scores too.

    Raises:
        SeedmaskError: a job is writing it.
    """
    with ExitStack() as held:
        if not all_locks(results / reference, held):
            raise SeedmaskError(f"{results / reference}: a job is writing there; it is not deleted")
        shutil.rmtree(results / reference)
    shutil.rmtree(results / "evaluation" / reference, ignore_errors=True)
