"""How long jobs take side by side: each starts as soon as what it reads is there and cores are free."""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """A job.

    Args:
        seconds: how long it takes.
        threads: cores that it takes meanwhile.
        after: names of jobs that it waits for; those that are not there are done.
    """

    seconds: float
    threads: int = 1
    after: Sequence[str] = ()


def finished_after(steps: Mapping[str, Step], cores: int) -> float:
    """Seconds until the last job has ended, on some cores; a job that asks for more takes all of them.

    Args:
        steps: jobs by name, each behind what it waits for.
        cores: cores that they share.
    """
    waiting, running = dict(steps), []
    done: set[str] = set()
    now, free = 0.0, cores
    while waiting or running:
        for name, step in list(waiting.items()):
            threads = min(step.threads, cores)
            if threads <= free and all(other in done or other not in steps for other in step.after):
                heapq.heappush(running, (now + step.seconds, name, threads))
                free -= threads
                del waiting[name]
            if not free:
                break
        if not running:
            raise ValueError(f"jobs wait for each other: {', '.join(waiting)}")
        now, name, threads = heapq.heappop(running)
        done.add(name)
        free += threads
    return now
