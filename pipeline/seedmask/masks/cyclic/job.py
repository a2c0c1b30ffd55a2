"""A segmenter's own predictions on its training images, without the classes that the tags rule out."""

from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.inference.predictor import Predictor
from seedmask.job import Job
from seedmask.labels import LabelSet
from seedmask.masks.cyclic.options import CyclicOptions
from seedmask.storage.canvas import MASK
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options, shard = CyclicOptions.model_validate(job.settings), Shard(job)
    predictor = Predictor.from_shard(shard, options, device)

    def compute(row: Row) -> Arrays:
        labels = allowed_labels(row, predictor.labels) if options.filter_by_tags else None
        return {"mask": predictor.predict(shard.catalogue.image(row), labels)[0]}

    shard.write({"mask": MASK}, compute)


def allowed_labels(row: Row, labels: LabelSet) -> list[int]:
    """Background, where there is one, and the labels of an image's tags.

    Raises:
        SeedmaskError: the image has no tags.
    """
    if row.tags is None:
        raise SeedmaskError(f"image {row.id} has no tags to filter by; add them, or set `filter_by_tags: false`")
    return [label for label in labels.values if label == 0 or label - 1 in row.tags]
