"""Making of `shapes-hard`."""

from dataclasses import asdict
from functools import partial
from pathlib import Path

from seedmask.demo.hard.arrangement import arrange
from seedmask.demo.hard.difficulty import Difficulty
from seedmask.demo.hard.kinds import NAMES
from seedmask.demo.hard.painting import paint
from seedmask.demo.scene import picture_rng
from seedmask.demo.writing import Sample, fingerprint, is_made, make
from seedmask.errors import SeedmaskError

LEAST_SIZE = 64
"""With fewer pixels small things are not recognised."""

README = f"""shapes-hard: a procedural data set of Seedmask, in PASCAL VOC layout

Drawn by `python -m seedmask.demo --set shapes-hard`; nothing in it comes from elsewhere, and it may be used freely.
Masks: 0 background, {", ".join(f"{number} {name}" for number, name in enumerate(NAMES, start=1))}.
A pixel belongs to the thing that covers at least half of it. What has no tag is background: clutter, things that
stand out, and what a class comes with (road, water, rails, fence, pole, string and the like).
"""


def make_hard(
    out: Path,
    train: int,
    val: int,
    seed: int,
    size: int = 320,
    options: Difficulty | None = None,
    workers: int = 1,
) -> None:
    """Make the set in `out`, unless it is there already.

    Args:
        out: folder of the set.
        train: number of pictures for training.
        val: number of pictures for validation; their seeds and the look of their grounds are others.
        seed: of the drawing.
        size: width of every picture in pixels; the height is 3/4 of it.
        options: how often each difficulty occurs; the defaults if None.
        workers: processes.

    Raises:
        SeedmaskError: `size` is too small for small things, or there is no place for what `options` ask for.
    """
    if size < LEAST_SIZE:
        raise SeedmaskError(f"the pictures of shapes-hard are to be {size} pixels wide, expected at least {LEAST_SIZE}")
    options = options or Difficulty()
    settings = {"set": "shapes-hard", "train": train, "val": val, "seed": seed, "size": size, **asdict(options)}
    mark = fingerprint(settings)
    if not is_made(out, mark):
        draw = partial(draw_hard, options, seed, size)
        counts = {"train": train, "val": val}
        make(out, mark, draw, counts, NAMES, {"README.txt": README.encode()}, workers=workers)


def draw_hard(options: Difficulty, seed: int, size: int, split: str, number: int) -> Sample:
    """One picture; it depends on nothing but its arguments."""
    rng = picture_rng(seed, split, number)
    return paint(arrange(number, (size, size * 3 // 4), options, rng), split, options, rng)
