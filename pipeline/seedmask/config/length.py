"""Length of a training, for the trainer and for the estimate of its time."""

from dataclasses import dataclass

from seedmask.config.networks import Optimiser


@dataclass(frozen=True)
class Length:
    """Steps of a training.

    Args:
        images: images of the training.
        batch: images in a batch.
        seen: images of an epoch; those of an incomplete batch may be left out.
        steps_an_epoch: steps from one epoch to the next.
        steps: steps in all.
        nominal_epochs: epochs that `decay_epochs` are counted in.
        why: what decided.
    """

    images: int
    batch: int
    seen: int
    steps_an_epoch: int
    steps: int
    nominal_epochs: int
    why: str

    @property
    def epochs(self) -> int:
        """Epochs in all; an exact number of steps may end within the last one."""
        return -(-self.steps // self.steps_an_epoch)

    def describe(self) -> str:
        """All of it in one line."""
        return (
            f"{self.images} pictures, {self.steps_an_epoch} steps an epoch, {self.epochs} epochs, {self.steps} steps "
            f"in all, {self.why}"
        )


def length_of(settings: Optimiser, images: int) -> Length:
    """max(epochs · steps of an epoch, least_steps) steps, in whole epochs; exactly `steps` where it is given.

    Args:
        settings: of the training.
        images: images that it learns from; at least one.
    """
    size = min(settings.batch_size, images)
    batches = -(-images // size) if settings.incomplete_batch else images // size
    an_epoch = -(-batches // settings.accumulate)
    planned = settings.epochs * an_epoch
    if settings.steps:
        steps, why = settings.steps, "as `steps` says"
    elif planned < settings.least_steps:
        steps = -(-settings.least_steps // an_epoch) * an_epoch
        why = f"as `least_steps` asks; epochs: {settings.epochs} would be {planned} steps"
    else:
        steps, why = planned, "as `epochs` says"
    nominal = settings.epochs if steps > planned and not settings.steps else -(-steps // an_epoch)
    return Length(images, size, min(batches * size, images), an_epoch, steps, nominal, why)
