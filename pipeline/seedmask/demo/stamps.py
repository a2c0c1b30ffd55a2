"""The set `stamps`: photographs of cut-outs composed on photographs, with exact masks."""

from functools import cache, partial
from pathlib import Path

from seedmask.demo.cache import copyright_of
from seedmask.demo.compose import compose
from seedmask.demo.cutouts import Pictures, read_backgrounds, read_cutouts
from seedmask.demo.packages import PACKAGES
from seedmask.demo.scene import KINDS, NAMES, draw_scene, picture_rng
from seedmask.demo.writing import Sample, fingerprint, is_made, make


def stamps_made(folder: Path, train: int, val: int, seed: int) -> bool:
    """Whether the folder holds just this set, complete."""
    return is_made(folder, _mark(train, val, seed))


def needed_pictures() -> dict[str, dict[str, str]]:
    """For each package, path and SHA-256 of the pictures that the tables name."""
    hashes: dict[str, dict[str, str]] = {package.name: {} for package in PACKAGES}
    for row in (*read_cutouts(), *read_backgrounds()):
        hashes[row.package][row.path] = row.sha256
    return hashes


def make_stamps(folder: Path, roots: dict[str, Path], train: int, val: int, seed: int, workers: int = 1) -> None:
    """Make the set from unpacked packages, unless it is there already.

    Args:
        folder: of the set.
        roots: for each package the folder below which `usr/share/...` lies.
        train: number of pictures for training.
        val: number of pictures for validation; they share no cut-out and no background area with `train`.
        seed: of the composition.
        workers: processes.
    """
    mark = _mark(train, val, seed)
    if is_made(folder, mark):
        return
    draw = partial(draw_stamps, tuple(sorted(roots.items())), seed)
    make(folder, mark, draw, {"train": train, "val": val}, NAMES, _texts(roots), workers=workers)


def draw_stamps(roots: tuple[tuple[str, Path], ...], seed: int, split: str, number: int) -> Sample:
    """One picture; it depends on nothing but its arguments and the tables."""
    cutouts = [row for row in read_cutouts() if row.split == split]
    backgrounds = [row for row in read_backgrounds() if row.split == split]
    rng = picture_rng(seed, split, number)
    scene = draw_scene(rng, number, cutouts, backgrounds)
    return compose(scene, _pictures(roots), rng)


def _mark(train: int, val: int, seed: int) -> str:
    return fingerprint({"set": "stamps", "train": train, "val": val, "seed": seed})


@cache
def _pictures(roots: tuple[tuple[str, Path], ...]) -> Pictures:
    return Pictures(dict(roots))


def _texts(roots: dict[str, Path]) -> dict[str, bytes]:
    """README and, where they were unpacked too, the licences of the packages."""
    licences = {f"copyright-{name}.txt": copyright_of(root, name) for name, root in roots.items()}
    found = {name: path.read_bytes() for name, path in licences.items() if path.is_file()}
    return {"README.txt": _readme().encode(), **found}


def _readme() -> str:
    classes = "\n".join(f"  {number:2d} {kind.name}: {kind.members}" for number, kind in enumerate(KINDS, start=1))
    sources = "\n".join(f"  {package.name} {package.version}: {package.licence}" for package in PACKAGES)
    return f"""stamps: a demo data set of Seedmask, in PASCAL VOC layout

Photographs of cut-outs composed on photographs by `python -m seedmask.demo`. Masks: 0 background,
255 the soft borders of objects, and the classes

{classes}

The pictures were made on this machine from these Debian packages (their texts are in copyright-*.txt):

{sources}

They are for use on this machine: DO NOT REDISTRIBUTE THEM. The licences of the parts are mixed, and together they
do not allow it. Scores on this set say how the parts of a pipeline compare with each other; they cannot be compared
with published scores on real data sets.
"""
