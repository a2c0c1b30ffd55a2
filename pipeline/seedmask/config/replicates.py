"""Variants that are trained several times, each time from another seed, and all that is made from them.

`ce` with three replicates means the variants `ce`, `ce.1` and `ce.2`. What is made from it fans out alike, so that
`predictions/ce.1` is that of `segmenters/ce.1`; and every training of replicate k, also one further down the graph,
takes its own seed + k. More replicates leave those that are there as they are.
"""

from collections.abc import Iterator, Mapping

from seedmask.config.lines import SourceLines
from seedmask.config.variant import Variant
from seedmask.errors import Problem


def replica(reference: str, number: int) -> str:
    """Name of one replicate: `segmenters/ce`, `segmenters/ce.1`, `segmenters/ce.2`."""
    return f"{reference}.{number}" if number else reference


def split(reference: str) -> tuple[str, int]:
    """Name that the user gave, and number of the replicate."""
    name, _, number = reference.partition(".")
    return name, int(number or 0)


def counts(variants: Mapping[str, Variant]) -> dict[str, int]:
    """How often each variant is made: its own `replicates`, or those of what it is made from.

    Args:
        variants: the variants as the user wrote them, each after what it is made from or not.
    """
    times: dict[str, int] = {}

    def count(reference: str) -> int:
        if reference not in times:
            settings = variants[reference]
            times[reference] = max(settings.own_replicates(), *map(count, settings.references()), 1)
        return times[reference]

    return {reference: count(reference) for reference in variants}


def expanded(variants: Mapping[str, Variant]) -> dict[str, Variant]:
    """Every replicate of every variant, with the seed and the sources that it has."""
    times = counts(variants)
    return {
        replica(reference, number): _replicate(settings, number, times)
        for reference, settings in variants.items()
        for number in range(times[reference])
    }


def uneven(variants: Mapping[str, Variant], lines: SourceLines) -> Iterator[Problem]:
    """Variants whose sources come in different numbers, of which no pairs can be made."""
    times = counts(variants)
    for reference, settings in variants.items():
        own = {reference: settings.own_replicates()} if settings.own_replicates() > 1 else {}
        several = own | {source: times[source] for source in settings.references() if times[source] > 1}
        if len(set(several.values())) > 1:
            numbers = ", ".join(f"{name} {number}" for name, number in several.items())
            where = lines.where(tuple(reference.split("/")))
            yield Problem(
                where, f"{reference}: replicates that cannot be paired: {numbers}", "give all the same number"
            )


def _replicate(settings: Variant, number: int, times: Mapping[str, int]) -> Variant:
    sources = {source: replica(source, number) for source in settings.references() if times[source] > 1}
    return settings.renamed(sources).reseeded(number)
