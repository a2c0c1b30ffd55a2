"""Choices about the reading of a folder that a user may make, and the questions that ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from seedmask.errors import SeedmaskError

NONE = "none"
"""Choice of nothing: no separator, no masks, no splits."""


@dataclass(frozen=True)
class ReadingOptions:
    """How a folder is to be read; what is None or empty is found from the files."""

    labels: str | None = None
    """Kind of labels to take."""
    image_column: str | None = None
    """Column of a table that names the images."""
    label_column: tuple[str, ...] = ()
    """Columns of a table that hold tags, or one for each class."""
    separator: str | None = None
    """What stands between the tags of one cell; `none` where a cell is one tag."""
    split_from: str | None = None
    """Where splits come from: `labels` (columns and lists), `folders`, or `none`, which makes all train."""
    masks: str | None = None
    """Folder of truth masks, below the folder of the images; `none` leaves all masks out."""
    classes: str | None = None
    """Names of classes that are numbered: `voc`, `coco`, or a file with a name a line."""
    bands: tuple[int, ...] = ()
    """Bands of the images that become red, green and blue, or grey, as `bands` of a data set."""
    limits: tuple[float, float] | None = None
    """Values of the images that become 0 and 255, as `range` of a data set."""
    percentiles: tuple[float, float] | None = None
    """Shares in percent of all values at which these are found."""
    unmatched: bool = False
    """Whether labels of many images that are not there are left out."""

    def with_pictures(self, bands: str | None, value_range: str | None) -> "ReadingOptions":
        """The options with bands like `3,2,1` and a range like `0,4000` or `2%,98%`.

        Raises:
            SeedmaskError: they are not written so.
        """
        numbers = _numbers("--bands", bands, "3,2,1 or 4")
        ends = _numbers("--range", value_range and value_range.replace("%", ""), "0,4000 or 2%,98%")
        if ends and len(ends) != 2:
            raise SeedmaskError(f"--range {value_range}: {len(ends)} numbers, expected two, like 0,4000 or 2%,98%")
        pair = (ends[0], ends[1]) if ends else None
        percent = "%" in (value_range or "")
        whole = tuple(int(number) for number in numbers)
        return replace(self, bands=whole, limits=None if percent else pair, percentiles=pair if percent else None)

    @property
    def chooses_labels(self) -> bool:
        """Whether one of them is about labels, classes, splits or masks."""
        return replace(self, bands=(), limits=None, percentiles=None) != ReadingOptions()

    @property
    def picture_settings(self) -> dict[str, Any]:
        """What a data set says of its images."""
        bands = {"bands": list(self.bands)} if self.bands else {}
        limits = {"range": list(self.limits)} if self.limits else {}
        return {**bands, **limits, **({"range": {"percentiles": list(self.percentiles)}} if self.percentiles else {})}

    def answered(self, question: "QuestionError", value: str) -> "ReadingOptions":
        """The options with the answer to a question."""
        return replace(self, **{question.option: (value,) if question.option == "label_column" else value})


@dataclass(frozen=True)
class Choice:
    """One answer to a question.

    Args:
        value: what the option gets.
        says: what it means, with examples from the files.
    """

    value: str
    says: str


class QuestionError(SeedmaskError):
    """A folder can be read in several ways; an option decides."""

    def __init__(self, found: str, option: str, choices: Sequence[Choice]):
        """Take what was found, the field of `ReadingOptions` that decides, and the answers."""
        self.found, self.option, self.choices = found, option, tuple(choices)
        flag = f"--{option.replace('_', '-')}"
        listed = "".join(f"\n  {flag} {_quoted(choice.value)}: {choice.says}" for choice in choices)
        super().__init__(f"{found}; choose one of these readings:{listed}")


def _numbers(option: str, text: str | None, example: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(",")) if text else ()
    except ValueError:
        raise SeedmaskError(f"{option} {text}: is no list of numbers, like {example}") from None


def _quoted(value: str) -> str:
    return value if value and value.replace("_", "").replace("-", "").isalnum() else f"'{value}'"
