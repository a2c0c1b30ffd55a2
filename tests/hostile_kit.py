"""Hostile and broken inputs as a table of cases, each answered by a clear message; the run of the tests counts them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from seedmask.cli import app
from seedmask.config.dataset import FolderDataset
from seedmask.dataset.index import Index, Row
from seedmask.errors import SeedmaskError
from seedmask.testing.indexing import build

ANSWERED = "hostile input answered"
"""Name of the property of a passed test that counts; its value is the kind of input."""

INDEX = Index(
    ("cow", "sheep"),
    tuple(Row(name, f"{name}.png", "train", 8, 6, (0,), f"hash {name}", None, None) for name in ("a", "b")),
)
"""Two pictures that exist in the index alone."""


@dataclass(frozen=True)
class Case:
    """One input and what the answer must name.

    Args:
        what: the input in words.
        names: texts that the message holds.
        give: hands the input to the program, in an empty working directory; returns what it printed, or raises.
    """

    what: str
    names: tuple[str, ...]
    give: Callable[[], Any]


class Cases:
    """The cases of one kind of input; `@cases("what it is", "what is named", ...)` adds one."""

    def __init__(self, kind: str):
        self.kind = kind
        self._cases: list[Case] = []

    def __call__(self, what: str, *names: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
        def add(give: Callable[[], Any]) -> Callable[[], Any]:
            self._cases.append(Case(what, names, give))
            return give

        return add

    def each(self) -> pytest.MarkDecorator:
        """Parametrise a test with `case`."""
        return pytest.mark.parametrize("case", self._cases, ids=lambda case: case.what)

    def check(self, case: Case, request: pytest.FixtureRequest) -> None:
        """The message is clear: it names what is wrong, and no traceback is in it."""
        try:
            message = case.give()
        except SeedmaskError as error:
            message = str(error)
        assert isinstance(message, str), f"{case.what}: was accepted"
        missing = [name for name in case.names if name not in message]
        assert not missing, f"does not name {missing}:\n{message}"
        assert "Traceback" not in message
        assert len(message) < 3000, "nobody reads that much"
        request.node.user_properties.append((ANSWERED, self.kind))


def command(*arguments: str) -> str:
    """What a command prints that fails without a traceback."""
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 1, f"exit status {result.exit_code}: {result.output}{result.exception!r}"
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    return result.output


def data_set(tags: str = "a,cow\nb,sheep\n", **files: str) -> FolderDataset:
    """Two pictures of 8 x 6 pixels in the folder `cows`, with a table of tags and other files by name."""
    root = Path("cows")
    root.mkdir(exist_ok=True)
    for name in ("a", "b"):
        Image.new("RGB", (8, 6), "green").save(root / f"{name}.png")
    for name, text in {"tags.csv": tags, **files}.items():
        (root / name).write_text(text)
    return FolderDataset(name="cows", root="cows", max_side=256)


def index(dataset: FolderDataset) -> None:
    """Read all of a data set, as the first job does."""
    build(dataset)
