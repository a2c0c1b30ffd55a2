"""How long a training is: one rule, for what trains and for what tells beforehand how long it takes."""

from dataclasses import dataclass

from seedmask.config.networks import Optimiser


@dataclass(frozen=True)
class Length:
    """Steps of a training.

    Args:
        pictures: pictures that there are.
        batch: pictures in a batch.
        seen: pictures of an epoch; those of an incomplete batch may be left out.
        steps_an_epoch: steps from one epoch to the next.
        steps: steps in all.
        asked: epochs that `decay_epochs` are counted in.
        why: what decided.
    """

    pictures: int
    batch: int
    seen: int
    steps_an_epoch: int
    steps: int
    asked: int
    why: str

    @property
    def epochs(self) -> int:
        """Epochs in all; an exact number of steps may end within the last one."""
        return -(-self.steps // self.steps_an_epoch)

    def in_words(self) -> str:
        """All of it in a line."""
        return (
            f"{self.pictures} pictures, {self.steps_an_epoch} steps an epoch, {self.epochs} epochs, {self.steps} steps "
            f"in all, {self.why}"
        )


def length_of(settings: Optimiser, pictures: int) -> Length:
    """max(epochs · steps of an epoch, least_steps) steps, in whole epochs; exactly `steps` where it is given.

    Args:
        settings: of the training.
        pictures: pictures that it learns from; at least one.
    """
    size = min(settings.batch_size, pictures)
    batches = -(-pictures // size) if settings.incomplete_batch else pictures // size
    an_epoch = -(-batches // settings.accumulate)
    planned = settings.epochs * an_epoch
    if settings.steps:
        steps, why = settings.steps, "as `steps` says"
    elif planned < settings.least_steps:
        steps = -(-settings.least_steps // an_epoch) * an_epoch
        why = f"as `least_steps` asks; epochs: {settings.epochs} would be {planned} steps"
    else:
        steps, why = planned, "as `epochs` says"
    asked = settings.epochs if steps > planned and not settings.steps else -(-steps // an_epoch)
    return Length(pictures, size, min(batches * size, pictures), an_epoch, steps, asked, why)
