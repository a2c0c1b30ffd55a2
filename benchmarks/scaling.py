"""Masks and scores of sets with more pictures, more classes and larger shards; added pictures; two cores against one.

Made-up pictures of 64 x 48 pixels with one to three classes, seeds that need no network, a threshold as the method, so
that what remains is reading, writing and counting. Two cores make masks by dense CRF of pictures of 500 x 375. Each
step runs in a process of its own; memory is beside what that process held before.
"""

import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks.kit.cases import Table
from benchmarks.kit.made_sets import MadeSet, masks_made, run_jobs
from benchmarks.kit.processes import run_function

MADE = "benchmarks.kit.made_sets"
USUAL = {False: MadeSet(1_000, 20, 128), True: MadeSet(40, 20, 16)}
"""Of the quick form too."""
SHARDS = {False: (8, 32, 128, 512), True: (16,)}
PICTURES = {False: (100, 1_000, 10_000), True: (60,)}
CLASSES = {False: (2, 20, 80, 150), True: (150,)}
CORES = {False: MadeSet(96, 20, 16, 375, 500, "crf"), True: MadeSet(4, 3, 2, 48, 64, "crf")}
COLUMNS = ("set", "masks, ms a picture", "MB of a job", "scores, ms a picture", "MB of the job")


def tables(quick: bool) -> Iterator[Table]:
    """One thing after the other grows, all else as usual; then the cores."""
    usual = USUAL[quick]
    growing = {
        "Pictures in a shard": [replace(usual, shard_size=size) for size in SHARDS[quick]],
        "Pictures": [replace(usual, pictures=count) for count in PICTURES[quick]],
        "Classes": [replace(usual, classes=count) for count in CLASSES[quick]],
    }
    for title, sets in growing.items():
        yield Table(title, COLUMNS, [_row(made) for made in sets])
    yield _added(replace(usual, pictures=PICTURES[quick][-1]))
    yield _cores(CORES[quick], rounds=1 if quick else 3)


def _row(made: MadeSet) -> tuple[str, float, float, float, float]:
    """One shard of masks, and the scores of all."""
    name = f"{made.pictures:,} pictures, {made.classes} classes, shards of {made.shard_size}"
    with tempfile.TemporaryDirectory() as folder:
        run_function(MADE, "prepare", folder, asdict(made))
        masks = run_function(MADE, "make_masks", folder, made.method, 1)
        run_function(MADE, "make_masks", folder, made.method)
        scores = run_function(MADE, "score_masks", folder)
    first = 1000 * masks.processor / made.shard_of_pictures()
    return name, first, masks.megabytes, 1000 * scores.processor / made.pictures, scores.megabytes


def _added(made: MadeSet) -> Table:
    """Masks of a set, and again after a tenth as many pictures were added; no network is trained, so seeds stay."""
    rows: list[tuple[str, float, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        for title, pictures in (
            (f"{made.pictures:,} pictures", made.pictures),
            ("a tenth added", made.pictures * 11 // 10),
        ):
            run_function(MADE, "prepare", folder, asdict(replace(made, pictures=pictures)))
            started = time.time()
            masks = run_function(MADE, "make_masks", folder, made.method)
            computed, shards = masks_made(folder, started)
            rows.append((title, masks.processor, f"{computed} of {shards}"))
    return Table("Pictures that are added", ("set", "masks, s", "shards made"), rows)


def _cores(made: MadeSet, rounds: int) -> Table:
    """The jobs of all shards, one at a time and two at a time in turns, with all that a job's start takes."""
    best = {1: float("inf"), 2: float("inf")}
    with tempfile.TemporaryDirectory() as name:
        run_function(MADE, "prepare", f"{name}/seeds", asdict(made))
        for number in range(rounds):
            for cores, seconds in best.items():
                folder = Path(name) / f"{number}-{cores}"
                shutil.copytree(f"{name}/seeds", folder)
                started = time.perf_counter()
                run_jobs(str(folder), cores)
                best[cores] = min(seconds, time.perf_counter() - started)
    rows: list[tuple[str, float, str]] = [(f"{cores} at a time", seconds, "") for cores, seconds in best.items()]
    rows.append(("ratio", best[1] / best[2], "at least 1.8"))
    jobs = -(-made.pictures // made.shard_size)
    return Table(f"{jobs} jobs of masks by dense CRF, {made.shard_size} pictures each", ("", "s", "wanted"), rows)
