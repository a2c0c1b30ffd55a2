"""A segmenter's masks of one shard, with the probability of each label."""

from pipeline.config.predictions import Predictions
from pipeline.data.index import Row
from pipeline.job import Job
from pipeline.machines.predictor import Predictor
from pipeline.storage.canvas import CONFIDENCE, MASK, encode
from pipeline.storage.reader import Arrays
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Predict the images of a shard."""
    shard = Shard(job)
    predictor = Predictor.of_shard(shard, Predictions.model_validate(job.settings), device)

    def compute(row: Row) -> Arrays:
        mask, confidence = predictor.predict(shard.catalogue.picture(row))
        return {"mask": mask, "confidence": encode(confidence, CONFIDENCE)}

    shard.write({"mask": MASK, "confidence": CONFIDENCE}, compute)
