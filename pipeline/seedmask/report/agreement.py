"""Agreement of stored variants with the image tags."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from seedmask.config.replicates import split as split_replicate
from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import SeedmaskError
from seedmask.evaluation.label_free import TagAgreement, tag_agreement
from seedmask.export.variants import open_variant, require_array


@dataclass(frozen=True)
class VariantAgreement:
    """A variant on one split; `runs` are the replicates that were named."""

    split: str
    variant: str
    pixel_labels: tuple[str, ...]
    """How the variant used truth masks."""
    made_elsewhere: tuple[str, ...]
    """What another program made of it."""
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
        SeedmaskError: the variant does not exist, holds no masks, or none of its images has tags.
    """
    grouped: dict[tuple[str, str], list[VariantAgreement]] = {}
    for reference in references:
        for line in _agreements(results, reference, smallest):
            grouped.setdefault((line.variant, line.split), []).append(line)
    return [replace(lines[0], runs=tuple(run for line in lines for run in line.runs)) for lines in grouped.values()]


def _agreements(results: Path, reference: str, smallest: float) -> Iterator[VariantAgreement]:
    stored, index = open_variant(results, reference), Catalogue(results).index
    require_array(stored, "mask", f"{reference} holds no masks; name a variant of masks or predictions")
    tagged = {
        split: [(row.id, row.tags) for row in index.rows_of(split) if row.tags is not None and row.id in stored]
        for split in index.splits
    }
    if not any(tagged.values()):
        raise SeedmaskError(f"{reference}: none of its images has tags; add tags to the data set")
    for split, images in tagged.items():
        if images:
            counted = tag_agreement(((stored.read(image)["mask"], tags) for image, tags in images), smallest)
            marks = stored.pixel_labels(), stored.made_elsewhere()
            yield VariantAgreement(split, split_replicate(reference)[0], *marks, (counted,))
