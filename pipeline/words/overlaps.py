"""Rows that several tags claim."""

from collections.abc import Mapping


def shared_out(claims: Mapping[int, frozenset[int]]) -> dict[int, frozenset[int]]:
    """What each tag keeps of the rows it claims; every row goes to one tag at most.

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
