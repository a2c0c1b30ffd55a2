"""A planned run, the findings about it, and all checks that make findings."""

import importlib
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from statistics import fmean

from seedmask.config.networks import EncoderOptions
from seedmask.config.variant import Variant
from seedmask.dataset.images import header_size
from seedmask.dataset.index import StoredIndex
from seedmask.dataset.placement import placements
from seedmask.errors import SeedmaskError
from seedmask.plan import Plan
from seedmask.plan.variants import RESULTS


class Level(StrEnum):
    """How bad a finding is; a problem would stop the run."""

    ok = "ok"
    warning = "warning"
    problem = "problem"


@dataclass(frozen=True)
class Finding:
    """One line of the answer: what was checked, what was found, and what to do about it."""

    level: Level
    about: str
    found: str
    remedy: str = ""

    def __str__(self) -> str:
        return self.found + (f"; {self.remedy}" if self.remedy else "")


def ok(about: str, found: str) -> Finding:
    """Nothing to do."""
    return Finding(Level.ok, about, found)


def warning(about: str, found: str, remedy: str) -> Finding:
    """The run goes on, slower or with something left out."""
    return Finding(Level.warning, about, found, remedy)


def problem(about: str, found: str, remedy: str) -> Finding:
    """The run would stop."""
    return Finding(Level.problem, about, found, remedy)


SAMPLED = 100
"""Pictures whose headers are read where there is no index yet."""


@dataclass(frozen=True)
class Diagnosis:
    """A planned run and the facts that several checks need.

    Args:
        plan: the plan.
        quick: whether nothing is measured on the spot.
        cores: cores that jobs share.
    """

    plan: Plan
    quick: bool
    cores: int

    @property
    def disk(self) -> Path:
        """The folder that results go to, or the nearest one above that is there."""
        return RESULTS if RESULTS.exists() else Path()

    @cached_property
    def load(self) -> float:
        """Cores that other programs keep busy, before anything is measured."""
        return os.getloadavg()[0]

    @property
    def busy(self) -> float:
        """How many times longer jobs take where the other programs go on; no less than 1, no more than 4."""
        return min(max(self.load / self.cores, 1.0), 4.0)

    def networks(self) -> Iterator[tuple[str, Variant]]:
        """Variants that are networks with an encoder."""
        variants = self.plan.variants.items()
        return ((name, options) for name, options in variants if isinstance(options.network_options(), EncoderOptions))

    def count_images(self, splits: Sequence[str], shards: Sequence[str] | None = None) -> int:
        """Number of pictures of some splits, in some shards or in all."""
        by_shard = self.plan.listing.split_rows.images_by_shard(splits)
        return sum(by_shard.values() if shards is None else (by_shard.get(shard, 0) for shard in shards))

    @cached_property
    def pictures(self) -> list[tuple[int, int]]:
        """Width and height of pictures: of all by the index, else of a sample by their headers."""
        with suppress(SeedmaskError):
            return [(row.whole.width, row.whole.height) for row in StoredIndex(self.plan.results).rows]
        entries = self.plan.listing.entries
        return list(filter(None, (header_size(e.image) for e in entries[:: max(len(entries) // SAMPLED, 1)])))

    @cached_property
    def sizes(self) -> list[tuple[int, int]]:
        """Width and height that these pictures are worked on at; of one in tiles, that of a tile."""
        dataset = self.plan.config.dataset
        return [placements(size, dataset.working_side, dataset.tiles)[0].size for size in self.pictures]

    @cached_property
    def pixels(self) -> float:
        """Pixels of a picture, on average."""
        return fmean(width * height for width, height in self.sizes) if self.sizes else 0.0

    @cached_property
    def tags(self) -> float:
        """Classes in a training picture, on average; at least one."""
        counts = [len(entry.tags) for entry in self.plan.listing.entries if entry.split == "train" and entry.tags]
        return fmean(counts) if counts else 1.0


CHECKS = (
    "data.check_data",
    "data.check_labels",
    "libraries.check_libraries",
    "data.check_weights",
    "machine.check_machine",
    "machine.check_file_system",
    "leftovers.check_leftovers",
    "estimate.check_remaining",
)
"""Every check, in the order in which a run would meet what it finds."""


def check(plan: Plan, quick: bool = False) -> Iterator[Finding]:
    """Findings of all checks, one after the other; no check can stop the others.

    Args:
        plan: the run.
        quick: measure nothing on the spot.
    """
    diagnosis, errors = Diagnosis(plan, quick, len(os.sched_getaffinity(0))), set()
    for path in CHECKS:
        module, function = path.split(".")
        name = function.removeprefix("check_")
        try:
            yield from getattr(importlib.import_module(f"{__package__}.{module}"), function)(diagnosis)
        except SeedmaskError as error:
            if str(error) not in errors:  # a missing data set stops several checks
                yield problem(name, str(error), "")
            errors.add(str(error))
        except Exception as error:  # noqa: BLE001  a check that fails must not hide what others find
            yield warning(name, f"could not be checked ({type(error).__name__}: {error})", "look at it yourself")
