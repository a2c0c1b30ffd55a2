"""Archives for the servers of benchmarks, one module per benchmark: written a picture at a time, read back, checked.

benchmark    what a benchmark wants
pictures     archives of PNGs
archives     tar and zip files
origins      what a result learned from, which some benchmarks limit
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedmask.dataset.images import UPRIGHT, image_size
from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.export.submission.ade20k import ADE20K
from seedmask.export.submission.benchmark import Benchmark
from seedmask.export.submission.cityscapes import CITYSCAPES
from seedmask.export.submission.coco import COCO
from seedmask.export.submission.origins import outside_data
from seedmask.export.submission.voc import voc
from seedmask.export.variants import StoredMasks
from seedmask.methods.weak_labels import Labels
from seedmask.storage.files import writing_atomic

BENCHMARKS: Mapping[str, Benchmark] = {
    "voc-comp6": voc(6),
    "voc-comp5": voc(5),
    "cityscapes": CITYSCAPES,
    "ade20k": ADE20K,
    "coco": COCO,
}
"""What the servers want, by the name on the command line."""
TEST = "test"
"""Split that servers score."""


@dataclass(frozen=True)
class Submission:
    """An archive that was written and checked."""

    path: Path
    pictures: int
    notes: tuple[str, ...]
    """What the user has to know of it, one line each."""


def write_submission(
    results: Path, reference: str, to: str, out: Path | None = None, *, split: str = TEST, force: bool = False
) -> Submission:
    """Write the masks of a split as the archive that the server of a benchmark takes, read it back and check it.

    The file gets its name only when it has passed; an error leaves nothing, and an older file as it was.

    Args:
        results: `results/<data set>`.
        reference: a variant of masks or predictions.
        to: one of `BENCHMARKS`.
        out: the archive; a name in the working directory when not given.
        split: pictures to submit.
        force: overwrite an existing file.

    Raises:
        SeedmaskError: the variant has no masks, lacks a picture or has a label or size that the server refuses; the
            data set has other classes or pictures; the file exists; the benchmark does not take what it learned from.
    """
    benchmark = BENCHMARKS[to]
    out = _archive(benchmark, results, reference, to, out)
    if out.exists() and not force:
        raise SeedmaskError(f"{out} is there already; choose another name, or overwrite with --force")
    masks = StoredMasks(results, reference)
    benchmark.require_classes(masks.classes)
    rows = _rows(benchmark, masks, reference, split)
    outside = outside_data(results, reference)
    if benchmark.own_data and outside:
        raise SeedmaskError(
            f"{benchmark.title} is for methods that learn from its own data alone; {'; '.join(outside)}. Submit with "
            "--to voc-comp6"
        )
    sizes = {name: _size(masks, row) for name, row in rows.items()}
    stem = out.name.removesuffix(next(suffix for suffix in benchmark.form.suffixes if out.name.endswith(suffix)))
    with writing_atomic(out) as stream:
        benchmark.form.write(stream, stem, _masks(benchmark, masks, rows))
        stream.flush()
        stream.seek(0)
        benchmark.form.check(stream, stem, sizes)
    pixel_labels = (f"uses pixel labels: {way}" for way in masks.pixel_labels())
    return Submission(out, len(rows), (*_counted(benchmark, len(rows), split), *outside, *pixel_labels))


def _archive(benchmark: Benchmark, results: Path, reference: str, to: str, out: Path | None) -> Path:
    """The archive, its name one that the server takes."""
    suffixes = benchmark.form.suffixes
    if out is None:
        variant = reference.replace("/", "-")
        name = f"detections_test-dev2017_{variant}_results" if to == "coco" else f"{results.name}-{variant}-{to}"
        return Path(name + suffixes[0])
    if not out.name.endswith(suffixes):
        raise SeedmaskError(f"{out}: {benchmark.title} takes {' or '.join(suffixes)} files; end the name so")
    return out


def _rows(benchmark: Benchmark, masks: StoredMasks, reference: str, split: str) -> dict[str, Row]:
    """Pictures of the split by the name that the server knows, all of which the variant has."""
    index = masks.catalogue.index
    listed = list({row.picture: row.whole for row in index.rows_of(split)}.values())
    if not listed:
        raise SeedmaskError(
            f"the data set has no split {split}; it has {', '.join(index.splits)} (give the data set a split of the "
            "pictures to submit, or choose one with --split)"
        )
    held = {row.id for row in masks.rows}
    missing = [row.name for row in listed if row.id not in held]
    if missing:
        raise SeedmaskError(
            f"{reference} lacks {len(missing)} of the {len(listed)} pictures of split {split}, like {missing[0]}; "
            f"let its `splits` name {split} and run snakemake"
        )
    rows: dict[str, Row] = {}
    for row in listed:
        name = benchmark.name_of(row.name)
        if name in rows:
            raise SeedmaskError(f"{rows[name].name} and {row.name}: the server takes one picture of a name")
        rows[name] = row
    return rows


def _size(masks: StoredMasks, row: Row) -> tuple[int, int]:
    if row.note.startswith(UPRIGHT):
        raise SeedmaskError(f"{row.name}: is turned upright here, and servers take it as it lies in the file")
    width, height = image_size(masks.catalogue.root / row.image)
    return height, width


def _masks(benchmark: Benchmark, masks: StoredMasks, rows: Mapping[str, Row]) -> Iterator[tuple[str, Labels]]:
    for name, row in rows.items():
        mask = masks.read(row)
        benchmark.require_labels(row.name, np.unique(mask).tolist())
        yield name, mask


def _counted(benchmark: Benchmark, pictures: int, split: str) -> Sequence[str]:
    """What is odd about the pictures."""
    notes = [] if split == TEST else [f"note: split {split} is not {TEST}, which servers score"]
    if pictures != benchmark.pictures:
        notes.append(f"note: the test set of {benchmark.title} has {benchmark.pictures:,} pictures")
    return notes
