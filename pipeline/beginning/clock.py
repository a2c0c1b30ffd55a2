"""Results that are dated in the future, because the clock was set back.

Snakemake makes again what is older than its inputs. Where a run is killed between the two, what is dated in the future
would stay, and be taken for newer than the inputs that were made anew. So such dates are drawn to now, in their order.
"""

import os
import time

from pipeline.beginning.unremembered import declared
from pipeline.plan import Plan

DOUBT = 2_000_000_000
"""Nanoseconds by which the clocks of machines that share a disk may differ."""


def correct(plan: Plan) -> list[str]:
    """Date what is dated in the future before now, each after what it was after.

    Returns:
        What people should know of it.
    """
    now = time.time_ns()
    dates = {path: path.stat().st_mtime_ns for path in declared(plan)}
    ahead = sorted({date for date in dates.values() if date > now + DOUBT})
    before_now = {date: now - 1000 * rank for rank, date in enumerate(reversed(ahead), 1)}
    moved = [path for path, date in dates.items() if date in before_now]
    for path in moved:
        os.utime(path, ns=(now, before_now[dates[path]]))
    return [f"note: {len(moved)} results were dated in the future, was the clock set back? They are dated now"] * bool(
        moved
    )
