"""A segmenter's predictions on its training images, corrected by tags and first labels."""

from seedmask.dataset.index import Row
from seedmask.errors import SeedmaskError
from seedmask.inference.predictor import Predictor
from seedmask.job import Job
from seedmask.masks.object_guided.options import ObjectGuidedOptions
from seedmask.methods.object_guided import refine_labels
from seedmask.storage.canvas import MASK
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options, shard = ObjectGuidedOptions.model_validate(job.settings), Shard(job)
    predictor, initial = Predictor.from_shard(shard, options, device), shard.inputs.stored[options.initial]

    def compute(row: Row) -> Arrays:
        if row.tags is None:
            raise SeedmaskError(f"image {row.id} has no tags to correct its prediction by; add them")
        prediction, _ = predictor.predict(shard.catalogue.image(row))
        first = initial.read(row.id)["mask"]
        return {"mask": refine_labels(prediction, first, row.tags, min_share=options.min_share)}

    shard.write({"mask": MASK}, compute)
