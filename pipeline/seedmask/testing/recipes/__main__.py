"""`python -m seedmask.testing.recipes` writes `docs/published.md`; with `--check` it fails where the page is stale."""

from seedmask.config.reference import ROOT, write_or_check
from seedmask.testing.recipes.page import pages

if __name__ == "__main__":
    write_or_check("seedmask.testing.recipes", pages(ROOT))
