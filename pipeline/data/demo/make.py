"""Make a set once: in parallel, whole or not at all, and not again while nothing has changed."""

import hashlib
import importlib.metadata
import json
import multiprocessing
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from tqdm import tqdm

from pipeline.data.demo.voc import Sample, write_lists, write_sample
from pipeline.errors import SeedmaskError

HERE = Path(__file__).parent
STAMP = ".fingerprint"
LIBRARIES = ("numpy", "pillow", "scipy")


def fingerprint(settings: Mapping[str, Any]) -> str:
    """What the bytes of a set depend on: its settings, this generator with its tables, and the libraries."""
    hashed = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for path in sorted([*HERE.glob("*.py"), *HERE.glob("*.csv")]):
        hashed.update(path.name.encode() + path.read_bytes())
    for library in LIBRARIES:
        hashed.update(f"{library} {importlib.metadata.version(library)}".encode())
    return hashed.hexdigest()


def is_made(folder: Path, mark: str) -> bool:
    """Whether the folder holds the complete set with this fingerprint."""
    stamp = folder / STAMP
    return stamp.is_file() and stamp.read_text() == mark


def make(
    folder: Path,
    mark: str,
    draw: Callable[[str, int], Sample],
    counts: Mapping[str, int],
    classes: Sequence[str],
    texts: Mapping[str, bytes],
    *,
    masks: bool = True,
    workers: int = 1,
) -> None:
    """Draw all pictures into a new folder beside `folder` and put it in its place when it is complete.

    Args:
        folder: the set; replaced if it was made by this generator.
        mark: fingerprint, left in the folder.
        draw: makes the picture of a split and number; must be picklable if there are several workers.
        counts: pictures of each split.
        classes: names in class-number order.
        texts: further files at the top of the set, by name.
        masks: whether to write truth masks.
        workers: processes.

    Raises:
        SeedmaskError: `folder` holds something that this generator has not made.
    """
    if folder.exists() and not (folder / STAMP).is_file():
        raise SeedmaskError(
            f"{folder} exists, but was not made by the demo generator (it has no {STAMP} file); "
            "move it away, or choose another folder with --out"
        )
    ids = {split: [f"{split}_{number:04d}" for number in range(count)] for split, count in counts.items()}
    tasks = [(split, number) for split, count in counts.items() for number in range(count)]
    partial_folder = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    shutil.rmtree(partial_folder, ignore_errors=True)
    try:
        _draw_all(partial(_draw_one, partial_folder, draw, masks), tasks, folder.name, workers)
        write_lists(partial_folder, classes, ids)
        for name, text in texts.items():
            (partial_folder / name).write_bytes(text)
        (partial_folder / STAMP).write_text(mark)
        shutil.rmtree(folder, ignore_errors=True)
        partial_folder.replace(folder)
    finally:
        shutil.rmtree(partial_folder, ignore_errors=True)


def _draw_one(folder: Path, draw: Callable[[str, int], Sample], masks: bool, task: tuple[str, int]) -> None:
    split, number = task
    write_sample(folder, f"{split}_{number:04d}", draw(split, number), masks)


def _draw_all(
    job: Callable[[tuple[str, int]], None], tasks: Sequence[tuple[str, int]], name: str, workers: int
) -> None:
    progress = partial(tqdm, total=len(tasks), desc=f"drawing {name}", unit="picture", mininterval=1)
    if workers == 1:
        for _ in progress(map(job, tasks)):
            pass
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for _ in progress(pool.map(job, tasks, chunksize=4)):
            pass
