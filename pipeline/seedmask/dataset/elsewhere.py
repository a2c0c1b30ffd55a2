"""Files that another program made for the images of a data set: which are there, and how many are not."""

from collections.abc import Iterable, Sequence

from seedmask.dataset.index import Row
from seedmask.errors import Problem

SHOWN = 10
"""Images that a message names."""
RESTRICT = "add them, or take their split out of `splits`"


def listed(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def whole_pictures(rows: Iterable[Row]) -> list[Row]:
    """The pictures of some rows, each once and at its own size, as other programs know them."""
    return list({row.picture: row.whole for row in rows}.values())


def missing(where: str, what: str, rows: Sequence[Row], count: int) -> list[Problem]:
    """One problem that counts and names all images without a file; none where there is no such image.

    Args:
        where: the folder or file.
        what: what there should be for each image: `mask`.
        rows: the images without it.
        count: number of images that need it.
    """
    names = listed([row.id for row in rows])
    return [Problem(where, f"{len(rows)} of {count} images have no {what}: {names}", RESTRICT)] if rows else []
