"""Choices about the reading of a folder that a user may make, and the questions that ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    unmatched: bool = False
    """Whether labels of many images that are not there are left out."""

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


def _quoted(value: str) -> str:
    return value if value and value.replace("_", "").replace("-", "").isalnum() else f"'{value}'"
