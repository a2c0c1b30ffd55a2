"""`python -m seedmask.demo --out data`: make a demo data set and print its name."""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from seedmask.demo.cache import fetch, roots_in, verify
from seedmask.demo.hard.making import make_hard
from seedmask.demo.shapes import make_shapes
from seedmask.demo.stamps import make_stamps, needed_pictures, stamps_made
from seedmask.errors import SeedmaskError

LOG = logging.getLogger(__name__)
DEFAULT_COUNTS = {"stamps": (240, 80), "shapes": (96, 32), "shapes-hard": (240, 80)}
DRAWN = {"shapes": (make_shapes, 192), "shapes-hard": (make_hard, 320)}
"""What makes each procedural set, and its default size."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the set; its name is the last line on stdout, everything else goes to stderr."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        made = _make(options)
    except SeedmaskError as error:
        LOG.error("error: %s", error)
        return 1
    sys.stdout.write(f"{made}\n")
    return 0


def _make(options: argparse.Namespace) -> str:
    if options.set in DRAWN:
        return _drawn(options, options.set)
    try:
        return _stamps(options)
    except SeedmaskError as error:
        # A set that the user named is never replaced by another.
        if options.set or options.stamps:
            raise
        LOG.warning(
            "the photographs of `stamps` cannot be had: %s\n"
            "making the procedural set `shapes` instead; its scores say nothing about photographs",
            error,
        )
        return _drawn(options, "shapes")


def _stamps(options: argparse.Namespace) -> str:
    train, val = _counts(options, "stamps")
    folder = options.out / "stamps"
    if not stamps_made(folder, train, val, options.seed):
        roots = roots_in(options.stamps) if options.stamps else fetch()
        verify(roots, needed_pictures())
        make_stamps(folder, roots, train, val, options.seed, options.workers)
    return "stamps"


def _drawn(options: argparse.Namespace, name: str) -> str:
    make, default_size = DRAWN[name]
    size = default_size if options.size is None else options.size
    make(options.out / name, *_counts(options, name), options.seed, size, workers=options.workers)
    return name


def _counts(options: argparse.Namespace, name: str) -> tuple[int, int]:
    train, val = DEFAULT_COUNTS[name]
    return (
        train if options.train is None else options.train,
        val if options.val is None else options.val,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m seedmask.demo", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("data"), help="folder in which the set's folder is made")
    parser.add_argument("--set", choices=tuple(DEFAULT_COUNTS), help="make this one or fail")
    parser.add_argument(
        "--stamps",
        type=Path,
        metavar="DIR",
        help="unpacked packages (`/` if they are installed); nothing is downloaded",
    )
    parser.add_argument("--train", type=_positive, help="pictures for training (96 shapes, 240 the others)")
    parser.add_argument("--val", type=_positive, help="pictures for validation (32 shapes, 80 the others)")
    parser.add_argument("--size", type=_positive, help="longest side in pixels (192 shapes, 320 shapes-hard)")
    parser.add_argument("--seed", type=int, default=0, help="of the composition")
    parser.add_argument("--workers", type=_positive, default=min(os.cpu_count() or 1, 8), help="processes")
    return parser


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"expected a positive number, found {text}")
    return value


if __name__ == "__main__":
    sys.exit(main())
