"""From tags to rows of an ImageNet head, through WordNet.

A tag stands for a noun synset (`seedmask.wordnet.senses` says which, where a word has several), and for the rows of
that synset and of all below it: `bird` for 59 of the 1,000 classes. Rows that several tags claim are shared out by
`seedmask.wordnet.match`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import yaml

from seedmask.config.explain import nearest
from seedmask.errors import InputError, Problem
from seedmask.wordnet.senses import SenseReader, Unclear
from seedmask.wordnet.space import LabelSpace


def shared_out(claims: Mapping[int, frozenset[int]]) -> dict[int, frozenset[int]]:
    """Rows that each tag keeps of those it claims; every row goes to one tag at most.

    A row that several tags claim goes to the one all of whose rows are claimed by each of the others, too: `dog` keeps
    its rows, `animal` loses them. Where there is none, as between tags that overlap or are the same, nobody gets it.

    Args:
        claims: by tag.
    """
    claimants: dict[int, list[int]] = {}
    for tag, rows in claims.items():
        for row in rows:
            claimants.setdefault(row, []).append(tag)
    winners = {row: _most_specific(tags, claims) for row, tags in claimants.items()}
    return {tag: frozenset(row for row in rows if winners[row] == tag) for tag, rows in claims.items()}


def _most_specific(tags: list[int], claims: Mapping[int, frozenset[int]]) -> int | None:
    smallest = min(tags, key=lambda tag: len(claims[tag]))
    return smallest if all(claims[smallest] < claims[tag] for tag in tags if tag != smallest) else None


@dataclass(frozen=True)
class Match:
    """A tag with classes of its own."""

    tag: str
    senses: tuple[str, ...]
    """Synsets of the tag."""
    rows: tuple[int, ...]
    """In order."""


@dataclass(frozen=True)
class Miss:
    """A tag without classes."""

    tag: str
    found: str
    """The reason."""
    remedy: str
    """The remedy."""


@dataclass(frozen=True)
class Matching:
    """Result for each tag, by the number of its class from 0."""

    space: LabelSpace
    matches: Mapping[int, Match]
    misses: Mapping[int, Miss]


def match(tags: Sequence[str], space: LabelSpace, names: Mapping[str, Sequence[str]]) -> Matching:
    """Match tags with the rows of a head.

    Args:
        tags: by class number.
        space: what the rows stand for.
        names: words or synsets in the place of some tags; an empty list leaves a tag without a match.

    Raises:
        InputError: `names` has a key that is no tag, a word without a match, or an unknown synset.
    """
    reader = SenseReader(space)
    if problems := [*_problems(tags, names, reader)]:
        raise InputError("names of tags", problems)
    senses: dict[int, tuple[str, ...]] = {}
    misses: dict[int, Miss] = {}
    for number, tag in enumerate(tags):
        if tag in names:
            if names[tag]:
                senses[number] = tuple(dict.fromkeys(str(reader.read(word)) for word in names[tag]))
            else:
                misses[number] = Miss(tag, "`names` leaves it without a class", "give it words there, or leave it")
        elif isinstance(meant := reader.read(tag), str):
            senses[number] = (meant,)
        else:
            remedy = f"{meant.advice}, like `{_entry(tag, meant.proposed)}`, or call the tag by another word"
            misses[number] = Miss(tag, meant.found, remedy)
    claims = {number: frozenset().union(*map(reader.rows, of_tag)) for number, of_tag in senses.items()}
    kept = shared_out(claims)
    matches = {n: Match(tags[n], senses[n], tuple(sorted(rows))) for n, rows in kept.items() if rows}
    misses |= {n: _robbed(n, tags, claims) for n, rows in kept.items() if not rows}
    return Matching(space, matches, dict(sorted(misses.items())))


def _problems(tags: Sequence[str], names: Mapping[str, Sequence[str]], reader: SenseReader) -> Iterator[Problem]:
    for tag, words in names.items():
        if tag not in tags:
            yield Problem(f"names: {tag}", f"no tag is called {tag!r}", f"write {nearest(tag, tags)}")
        for word in words:
            if isinstance(meant := reader.read(word), Unclear):
                like = f", like {meant.proposed[0]}" if meant.proposed else ""
                yield Problem(f"names: {tag}: {word}", meant.found, meant.advice + like)


def _entry(tag: str, proposed: Sequence[str]) -> str:
    """Text for the configuration."""
    entry = {tag: [*(proposed or ("WORD",))][:1]}
    return "names: " + yaml.safe_dump(entry, default_flow_style=True, allow_unicode=True, width=10**6).strip()


def _robbed(number: int, tags: Sequence[str], claims: Mapping[int, frozenset[int]]) -> Miss:
    rows, tag = claims[number], tags[number]
    same = [tags[other] for other, claimed in claims.items() if other != number and claimed == rows]
    if same:
        found = f"has the same classes as {_and(same)}"
        return Miss(tag, found, "merge the tags, or give each classes of its own by `names`")
    others = [tags[other] for other, claimed in claims.items() if other != number and claimed & rows]
    found = f"nothing is left of it: each of its classes is one of {_and(others)}, too"
    return Miss(tag, found, "give it classes of its own by `names`, or leave it")


def _and(tags: Sequence[str]) -> str:
    *some, last = (f'"{tag}"' for tag in tags)
    return f"{', '.join(some)} and {last}" if some else last
