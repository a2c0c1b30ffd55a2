"""How a stored variant agrees with the image tags."""

from pathlib import Path

from pipeline.data.catalogue import Catalogue
from pipeline.errors import SeedmaskError
from pipeline.evaluation.tags import TagAgreement, tag_agreement
from pipeline.inspect.export import open_variant, require


def agreements(results: Path, reference: str, smallest: float) -> list[tuple[str, TagAgreement]]:
    """Counts for each split that has tags, in the order of the index.

    Args:
        results: `results/<data set>`.
        reference: a variant of masks or predictions.
        smallest: see `tag_agreement`.

    Raises:
        SeedmaskError: there is no such variant, it holds no masks, or none of its images has tags.
    """
    stored, index = open_variant(results, reference), Catalogue(results).index
    require(stored, "mask", f"{reference} holds no masks; name a variant of masks or predictions")
    found = []
    for split in index.splits:
        rows = [row for row in index.rows_of(split) if row.tags is not None and row.id in stored]
        if rows:
            found.append((split, tag_agreement(((stored.read(row.id)["mask"], row.tags) for row in rows), smallest)))
    if not found:
        raise SeedmaskError(f"{reference}: none of its images has tags; add tags to the data set")
    return found
