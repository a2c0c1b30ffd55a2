"""What `seedmask check` says of tags that are looked up among ImageNet's classes."""

from typing import Any

import typer

from seedmask.cli.app import print_table, table_of
from seedmask.config.networks import TagNames
from seedmask.wordnet import Matching, match
from seedmask.wordnet.table import read_words

SHOWN = 5
"""Classes of a tag that are named."""


def show_matches(plan: Any) -> list[str]:
    """Show tags and their classes for the variants that use them; returns those that need a class for more tags.

    Raises:
        SeedmaskError: what the rows of an encoder's head stand for is not known, or `names` are wrong.
    """
    groups: list[tuple[list[str], Matching]] = []
    lacking = []
    for reference, settings in plan.config.variants():
        if isinstance(settings, TagNames) and settings.matches_names():
            matching = _matching(settings, plan.listing.classes)
            lacking += [reference] * bool(settings.needs_every_tag and matching.misses)
            same = next((references for references, other in groups if other == matching), None)
            if same is None:
                groups.append(([reference], matching))
            else:
                same.append(reference)
    for references, matching in groups:
        _show(", ".join(references), matching)
    return lacking


def _matching(settings: Any, tags: tuple[str, ...]) -> Matching:
    from seedmask.networks.imagenet_head import head_label_space

    return match(tags, head_label_space(settings), settings.names)


def _show(references: str, matching: Matching) -> None:
    words = read_words()
    tags = len(matching.matches) + len(matching.misses)
    typer.echo(f"{references}: {len(matching.matches)} of {tags} tags have classes of {matching.space.name}")
    table = table_of("tag", "sense", ">rows", "classes")
    for long in (table.columns[1], table.columns[3]):
        long.no_wrap = False
    for found in matching.matches.values():
        classes = [words.lemmas[matching.space.synsets[row]][0] for row in found.rows[:SHOWN]]
        more = ["..."] * (len(found.rows) > SHOWN)
        senses = "; ".join(map(words.described, found.senses))
        table.add_row(found.tag, senses, str(len(found.rows)), ", ".join([*classes, *more]))
    print_table(table)
    for miss in matching.misses.values():
        typer.echo(f"  {miss.tag}: {miss.found}; {miss.remedy}")
    typer.echo()
