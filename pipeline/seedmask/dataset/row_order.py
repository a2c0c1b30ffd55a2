"""Rows of the images of a set that grows: each image keeps its row, so that finished shards stay as they are."""

from collections.abc import Iterable, Sequence

from seedmask.dataset.entries import ListedImage


def in_rows(images: Sequence[ListedImage], before: Iterable[tuple[str, str]]) -> list[ListedImage]:
    """Images in the order of their rows.

    An image stays in its row. New ones take the rows of those that are gone, then follow behind; where rows are still
    empty, the last images move there. So only shards whose images change are made again.

    Args:
        images: all images, sorted as in a new set.
        before: id and split of the image of each row, in their order; none in a new set.

    Returns:
        All images; sorted as in a new set where most of those of before are gone.
    """
    waiting = {(image.id, image.split): image for image in images}
    if len(waiting) < len(images):  # a name that is there twice is a problem, which ends the run
        return list(images)
    rows = [waiting.pop(key, None) for key in before]
    if sum(row is None for row in rows) > len(rows) / 2:
        return list(images)
    new = iter(waiting.values())
    rows = [*(next(new, None) if row is None else row for row in rows), *new]
    last = [row for row in rows[len(images) :] if row is not None]
    return [last.pop() if row is None else row for row in rows[: len(images)]]
