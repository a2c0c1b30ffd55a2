"""The terms of a score, in words: what it depends on besides the masks. They stand above every table."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Protocol, runtime_checkable

from seedmask.config.elsewhere import FAMILIES
from seedmask.config.protocols import PROTOCOLS, view_text

_HASH = re.compile(r"\b([0-9a-f]{12})[0-9a-f]{52}\b")
"""A SHA-256, of which tables show the first digits."""


@dataclass(frozen=True)
class Terms:
    """All besides the masks that a score depends on, for people."""

    protocol: str = ""
    """Name of a published protocol; empty for the configuration's own."""
    departures: str = ""
    """What is otherwise than the name says."""
    classes: str = ""
    """Number of classes."""
    counting: str = ""
    """Background, ignored pixels, absent classes, width of boundaries."""
    pictures: str = ""
    """SHA-256 of the list of the pictures."""
    views: str = ""
    """How the network was shown a picture, and what became of its scores."""
    families: str = ""
    """What was learned from besides tags and ImageNet."""
    first_weights: str = ""
    """Encoder and first weights of each network."""


def terms_of(protocol: Mapping[str, Any]) -> Terms:
    """The protocol of a result in words."""
    background, predicted = ("with", "as background") if protocol["background"] else ("without", "as wrong")
    predicted = {"ignore": "not counted", "error": "refused"}.get(protocol["ignore_pred"], predicted)
    truth = f" rendered as {protocol['truth_recipe']}," if protocol["truth_recipe"] else ""
    views = [f"{name} {view_text(name, value)}" for name, value in protocol["views"].items()]
    return Terms(
        protocol["name"],
        "; ".join(protocol["departures"]),
        str(protocol["classes"]),
        f"{background} background, truth{truth} {protocol['ignored_truth']} not counted, predicted 255 {predicted}, "
        f"absent classes {protocol['absent_class']}, boundary {protocol['boundary_ratio']:.0%}",
        protocol["list"],
        "; ".join(views),
        ", ".join(FAMILIES.get(family, family) for family in protocol["families"]),
        "; ".join(protocol["first_weights"]),
    )


TERMS = tuple(field.name for field in fields(Terms))
"""Columns of a table of scores that hold them."""


@runtime_checkable
class Scored(Protocol):
    """A line of a table of scores."""

    @property
    def split(self) -> str:
        """Split of the pictures."""
        ...

    @property
    def variant(self) -> str:
        """What was scored."""
        ...

    @property
    def images(self) -> int:
        """Number of pictures."""
        ...

    @property
    def terms(self) -> Terms:
        """What the numbers depend on besides."""
        ...


def terms_lines(rows: Iterable[Scored]) -> list[str]:
    """What stands above a table of scores: its protocols, lists of pictures, and how each variant was made."""
    rows = list(rows)
    lines = []
    for protocol, counting in dict.fromkeys((row.terms.protocol, _counting(row.terms)) for row in rows):
        named = f"protocol {protocol} ({PROTOCOLS[protocol].title})" if protocol else "no named protocol"
        lines.append(f"{named}: {counting}")
        same = [row for row in rows if (row.terms.protocol, _counting(row.terms)) == (protocol, counting)]
        for departures, variants in _grouped((row.terms.departures, row.variant) for row in same).items():
            lines += [f"  not as {protocol}: {departures} ({variants})"] * bool(departures)
    pictures = _grouped((f"{row.images:,} pictures, list {row.terms.pictures}", row.split) for row in rows)
    lines += [f"{splits}: {_short(text)}" for text, splits in pictures.items()]
    made = _grouped(
        (". ".join(filter(None, (row.terms.views, row.terms.families, row.terms.first_weights))), row.variant)
        for row in rows
    )
    return lines + [f"{variants}: {_short(text)}" for text, variants in made.items()]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Names that have a text in common, by the text."""
    groups: dict[str, dict[str, None]] = {}
    for text, name in pairs:
        groups.setdefault(text, {})[name] = None
    return {text: ", ".join(names) for text, names in groups.items()}


def _counting(terms: Terms) -> str:
    return f"{terms.classes} classes {terms.counting}"


def _short(text: str) -> str:
    return _HASH.sub(r"\1…", text)
