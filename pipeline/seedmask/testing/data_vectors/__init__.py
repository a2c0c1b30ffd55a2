"""Compares views of pictures with those that published loaders made of the same drawn numbers.

The reference arrays lie in npz files: `aug_*` of PMM, `agmm_data_*`, `i2crc_data_*` and `sfc_data_*`. Each holds a
picture, its mask, what was drawn, and the state after each step. What kind a file is, its arrays say.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from seedmask.testing.data_vectors import agmm, i2crc, pmm, sfc
from seedmask.testing.data_vectors.reference import Reference
from seedmask.testing.differences import Difference

FILES = ("aug_*.npz", "*_data_*.npz")
KINDS: tuple[tuple[str, Callable[[Reference], Iterator[Difference]]], ...] = (
    ("table", pmm.sizes),
    (r"picture_\d+x\d+", pmm.pixels),
    ("out_label", pmm.crop),
    ("out_picture", pmm.distortion),
    ("after_pad", pmm.segmenter),
    ("normalised_cropped", pmm.classifier),
    ("long_side_range", agmm.view),
    (r"jitter\d+_factors", agmm.colours),
    ("seed_for_random_numpy_torch", agmm.loader),
    ("input_size", i2crc.classifier),
    ("mean_bgr", i2crc.segmenter),
    (r"label_\d+", i2crc.labels),
    ("irn_box", sfc.views),
)
"""Pattern of an array that tells the kind of a file, and what compares its arrays; the first that fits."""


def check(folder: Path) -> list[Difference]:
    """Differences of all data files of a folder and of the folders in it, in the order of their names.

    Args:
        folder: with the npz files; others in it are not looked at.

    Returns:
        one result for each array that is compared, and one that failed for each that nothing here makes.

    Raises:
        SeedmaskError: a file lacks an array that its others need.
    """
    paths = {path for pattern in FILES for path in folder.rglob(pattern)}
    return [difference for path in sorted(paths) for difference in check_file(path)]


def check_file(path: Path) -> list[Difference]:
    """Differences of one data file; see `check`."""
    reference = Reference(path)
    kinds = [compare for pattern, compare in KINDS if any(re.fullmatch(pattern, name) for name in reference)]
    found = list(kinds[0](reference)) if kinds else []
    return [*found, *reference.left_out()]
