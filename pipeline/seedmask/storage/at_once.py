"""Several images in hand at once, so that a GPU has work while pictures are decoded and results are checked.

Decoding, zlib, hashing and waiting for a GPU all let other threads of Python run.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

IN_HAND = {"cpu": 1, "cuda": 3}
"""Images at once, by the device: one is decoded, one is on the GPU, one is checked. On a CPU they would share cores."""


def in_order(compute: Callable[[Item], Result], items: Iterable[Item], at_once: int) -> Iterator[Result]:
    """Results in the order of the items, whichever is ready first.

    Args:
        compute: safe to be called from several threads.
        items: taken as they are needed: no more than `at_once` are ahead of the result in hand.
        at_once: how many are computed at the same time; with 1 each is computed here, when its result is asked for.

    Raises:
        Exception: that of the first item, in their order, that has one; items behind it are not begun.
    """
    if at_once == 1:
        yield from map(compute, items)
        return
    pool, begun = ThreadPoolExecutor(at_once), deque[Future[Result]]()
    try:
        for item in items:
            begun.append(pool.submit(compute, item))
            if len(begun) > at_once:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
