"""A segmenter's predictions on its training pictures, corrected by tags and first labels."""

from pipeline.config.masks.object_guided import ObjectGuidedMasks
from pipeline.data.index import Row
from pipeline.errors import SeedmaskError
from pipeline.job import Job
from pipeline.machines.predictor import Predictor
from pipeline.methods.object_guided import refine_labels
from pipeline.storage.canvas import MASK
from pipeline.storage.reader import Arrays
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the masks of a shard."""
    options, shard = ObjectGuidedMasks.model_validate(job.settings), Shard(job)
    predictor, initial = Predictor.of_shard(shard, options, device), shard.inputs.stored[options.initial]

    def compute(row: Row) -> Arrays:
        if row.tags is None:
            raise SeedmaskError(f"image {row.id} has no tags to correct its prediction by; add them")
        prediction, _ = predictor.predict(shard.catalogue.picture(row))
        first = initial.read(row.id)["mask"]
        return {"mask": refine_labels(prediction, first, row.tags, min_share=options.min_share)}

    shard.write({"mask": MASK}, compute)
