"""How stored variants agree with the image tags."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from seedmask.config.replicates import split as split_replicate
from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.evaluation.label_free import TagAgreement, tag_agreement
from seedmask.export.variants import open_variant, require_array


@dataclass(frozen=True)
class VariantAgreement:
    """A variant on one split; `runs` are those of its replicates that were asked for."""

    split: str
    variant: str
    pixel_labels: tuple[str, ...]
    """How truth masks went into it."""
    runs: tuple[TagAgreement, ...]

    @property
    def images(self) -> int:
        """Images with tags."""
        return self.runs[0].images


def variant_agreements(results: Path, references: Sequence[str], smallest: float) -> list[VariantAgreement]:
    """Counts for each variant and split that has tags, replicates of a variant together.

    Args:
        results: `results/<data set>`.
        references: variants of masks or predictions, replicates by their own names.
        smallest: see `tag_agreement`.

    Raises:
        SeedmaskError: there is no such variant, it holds no masks, or none of its images has tags.
    """
    found: dict[tuple[str, str], list[VariantAgreement]] = {}
    for reference in references:
        for line in _agreements(results, reference, smallest):
            found.setdefault((line.variant, line.split), []).append(line)
    return [
        VariantAgreement(split, variant, lines[0].pixel_labels, tuple(run for line in lines for run in line.runs))
        for (variant, split), lines in found.items()
    ]


def _agreements(results: Path, reference: str, smallest: float) -> Iterator[VariantAgreement]:
    stored, index = open_variant(results, reference), Catalogue(results).index
    require_array(stored, "mask", f"{reference} holds no masks; name a variant of masks or predictions")
    rows = {split: [r for r in index.rows_of(split) if r.tags is not None and r.id in stored] for split in index.splits}
    if not any(rows.values()):
        raise SeedmaskError(f"{reference}: none of its images has tags; add tags to the data set")
    for split, tagged in rows.items():
        if tagged:
            counted = tag_agreement(((stored.read(row.id)["mask"], row.tags) for row in tagged), smallest)
            yield VariantAgreement(split, split_replicate(reference)[0], stored.pixel_labels(), (counted,))
