"""Options of what finds the classes of a tag in an ImageNet head by its name."""

from typing import ClassVar

from pipeline.config.base import Settings


class Names(Settings):
    """Tags in other words."""

    needs_every_tag: ClassVar[bool] = False
    """Whether a tag without a match stops it."""

    names: dict[str, tuple[str, ...]] = {}  # noqa: RUF012  pydantic copies it
    """Words or synsets that ImageNet's classes are looked up by in the place of a tag, like `cattle: [ox, n02410509]`;
    an empty list leaves the tag without a match."""

    def matches_names(self) -> bool:
        """Whether the names are looked at."""
        return True
