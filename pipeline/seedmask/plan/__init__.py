"""From a configuration to jobs, stage by stage.

Used while the Snakefile is parsed, so nothing heavy is imported. What a method needs, its options say; no method is
named here.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from seedmask.config.graph import load
from seedmask.dataset.listing import ListingSource, current_listing
from seedmask.plan.evaluation import Evaluation
from seedmask.plan.page import Page
from seedmask.plan.variants import RESULTS, Variants

__all__ = ["RESULTS", "Plan"]


class Plan(Variants):
    """All jobs of a configuration."""

    @classmethod
    def of(
        cls,
        values: Mapping[str, Any],
        files: Sequence[str | Path],
        listing: ListingSource = current_listing,
        root: Path = RESULTS,
    ) -> "Plan":
        """Check what Snakemake has read and plan it; files later in the list have precedence."""
        return cls(load(values, [Path(file) for file in files]), listing, root)

    @cached_property
    def evaluation(self) -> Evaluation:
        """Comparison of its variants with truth."""
        return Evaluation(self)

    @cached_property
    def page(self) -> Page:
        """The report, whose page asks for all the others."""
        return Page(self, self.evaluation)
