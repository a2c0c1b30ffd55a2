"""Bytes of the demo's stores, beside the files that people usually write; other codecs, chunks and grids.

Real CAMs, masks, saliency, predictions and their confidence, of what `make demo` has left, else of a smaller demo.
"""

import io
import pickle
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.kit.cases import Table
from benchmarks.kit.chunks import CODECS, OURS, measured
from benchmarks.kit.demo import demo_results
from seedmask.config.stages import SHARDED
from seedmask.export.variants import open_variant
from seedmask.storage.reader import StoredVariant
from seedmask.storage.variants import expected_shards, list_variants

STAGES = ("seeds", "masks", "predictions", "saliency")
PICTURES = 64
"""Read of each variant at most."""
COARSER = {
    "256 levels (ours)": (256, 1),
    "16 levels": (16, 1),
    "every second pixel": (256, 2),
    "every fourth pixel": (256, 4),
    "16 levels, every second pixel": (16, 2),
}
"""Levels of confidence, and pixels along a side that share one."""
LIMIT = 0.75
"""A limit of confidence, whose sides pixels may change."""


def tables(quick: bool) -> list[Table]:
    """Of the demo."""
    with demo_results() as results:
        return tables_of(results, 4 if quick else PICTURES)


def tables_of(results: Path, pictures: int = PICTURES) -> list[Table]:
    """Of any folder of results.

    Args:
        results: with a variant of each stage.
        pictures: read of each variant at most.
    """
    finished = [name for name in list_variants(results, SHARDED) if _is_finished(results, name)]
    first = {name.split("/")[0]: name for name in reversed(finished)}
    stored = {stage: open_variant(results, first[stage]) for stage in STAGES if stage in first}
    found = [_stores(stored, pictures)]
    if "seeds" in stored:
        maps = [_bytes_of(arrays["cam"]) for arrays in _read(stored["seeds"], pictures)]
        found += [_codecs(maps), _chunks(maps)]
    if "predictions" in stored:
        found.append(coarser([arrays["confidence"] for arrays in _read(stored["predictions"], pictures)]))
    return found


def _is_finished(results: Path, name: str) -> bool:
    manifests = sorted(path.stem for path in (results / name / "manifests").glob("*.json"))
    return bool(manifests) and manifests == sorted(expected_shards(results, name))


def _read(stored: StoredVariant, pictures: int) -> Iterator[dict[str, np.ndarray]]:
    step = max(1, len(stored.ids) // pictures)
    for image in stored.ids[::step][:pictures]:
        yield stored.read(image)


def _bytes_of(maps: np.ndarray) -> np.ndarray:
    """Numbers 0..1 as they are stored by default."""
    return np.rint(maps * 255).astype(np.uint8)


def _stores(stored: dict[str, StoredVariant], pictures: int) -> Table:
    """Bytes of a picture: the store's share of it, and each kind of file."""
    rows = []
    for stage, variant in stored.items():
        for array in ("cam", "mask", "confidence", "map"):
            folder = variant.folder / "data.zarr" / array
            if not folder.is_dir():
                continue
            own = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / len(variant.ids)
            arrays = [each[array] for each in _read(variant, pictures)]
            pickled, png = (float(np.mean([size(one) for one in arrays])) for size in (_pickled, _png))
            half = float(np.mean([_half(one) for one in arrays])) if arrays[0].dtype.kind == "f" else ""
            rows.append((f"{stage}, `{array}`", own, pickled, half, png, pickled / own, png / own))
    columns = ("array", "store", "pickled float32", "float16 .npy", "PNG", "pickled / store", "PNG / store")
    note = "Labels are pickled as bytes. CAMs have a PNG for each class of the picture. Ends of blocks do not count."
    return Table("Bytes of a picture", columns, rows, note)


def _pickled(array: np.ndarray) -> int:
    return len(pickle.dumps(array))


def _half(array: np.ndarray) -> int:
    file = io.BytesIO()
    np.save(file, array.astype(np.float16))
    return file.tell()


def _png(array: np.ndarray) -> int:
    """Of all maps of a picture, a file each."""
    levels, size = _bytes_of(array) if array.dtype.kind == "f" else array, 0
    for plane in levels.reshape(-1, *levels.shape[-2:]):
        file = io.BytesIO()
        Image.fromarray(plane).save(file, "png")
        size += file.tell()
    return size


def _codecs(maps: list[np.ndarray]) -> Table:
    """CAMs in a shard, a chunk for each map."""
    rows = [(name, *measured(maps, codecs, None)) for name, codecs in CODECS.items()]
    return Table("Codecs, a chunk for each map", ("codec", "bytes of a picture", "ms to write", "ms to read"), rows)


def _chunks(maps: list[np.ndarray]) -> Table:
    """CAMs in a shard, with our codec."""
    sides = {"a map (ours)": None, "64 x 64": 64, "128 x 128": 128, "256 x 256": 256, "all maps of a picture": 0}
    rows = [(name, *measured(maps, OURS, side)) for name, side in sides.items()]
    return Table("Chunks, zstd 3", ("chunk", "bytes of a picture", "ms to write", "ms to read"), rows)


def coarser(confidence: list[np.ndarray]) -> Table:
    """What fewer levels, and larger pixels, make of confidence.

    Args:
        confidence: of each picture, (H, W) in 0..1.
    """
    rows, first = [], 0.0
    for name, (levels, factor) in COARSER.items():
        kept = [_kept(one, levels, factor) for one in confidence]
        size, _, _ = measured([one[None] for one in kept], OURS, None)
        first = first or size
        errors, changed = [], []
        for one, stored in zip(confidence, kept, strict=True):
            back = _resized(stored.astype(np.float32) / (levels - 1), one.shape[1], one.shape[0])
            errors.append(np.abs(back - one).mean())
            changed.append(100 * np.mean((back > LIMIT) != (one > LIMIT)))
        rows.append((name, size, size / first, float(np.mean(errors)), float(np.mean(changed))))
    columns = ("`confidence`", "bytes of a picture", "share", "mean error", f"% of pixels that change sides of {LIMIT}")
    return Table("A coarser confidence of predictions", columns, rows, "Larger pixels are enlarged bilinearly.")


def _kept(one: np.ndarray, levels: int, factor: int) -> np.ndarray:
    """Levels of the mean of each larger pixel."""
    height, width = (max(1, length // factor) for length in one.shape)
    smaller = _resized(one, width, height) if factor > 1 else one
    return np.rint(smaller * (levels - 1)).astype(np.uint8)


def _resized(one: np.ndarray, width: int, height: int) -> np.ndarray:
    """Means where it shrinks, bilinear where it grows."""
    how = Image.Resampling.BOX if width < one.shape[1] else Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(one).resize((width, height), how))
