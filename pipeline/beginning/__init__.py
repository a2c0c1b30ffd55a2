"""What is looked at when a run begins: whether results can be written, other runs, the clock, Snakemake's memory."""

import os

from pipeline.beginning import clock, runs, unremembered
from pipeline.plan import Plan


def notes(plan: Plan, *, dry: bool) -> list[str]:
    """Put right what a killed run, a lost memory or a clock that was set back have left; a dry run changes nothing.

    Returns:
        What people should know of it.
    """
    if plan.results.exists() and not os.access(plan.results, os.W_OK):
        return [f"note: nothing can be written below {plan.results}: make it writable, or copy the results elsewhere"]
    begun = [] if dry else runs.begin(plan.results)
    if not runs.alone(plan.results):  # what its jobs have just made is remembered in a moment
        return begun
    if dry:
        return unremembered.forget(plan, remove=False)
    return [*begun, *clock.correct(plan), *unremembered.forget(plan, remove=True)]
