"""A segmenter's masks of one shard, with the probability of each label."""

from seedmask.dataset.index import Row
from seedmask.inference.predictor import Predictor
from seedmask.job import Job
from seedmask.predictions.network.options import NetworkPredictionsOptions
from seedmask.storage.canvas import CONFIDENCE, MASK, encode
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Predict the images of a shard."""
    shard = Shard(job)
    predictor = Predictor.from_shard(shard, NetworkPredictionsOptions.model_validate(job.settings), device)

    def compute(row: Row) -> Arrays:
        mask, confidence = predictor.predict(shard.catalogue.image(row))
        return {"mask": mask, "confidence": encode(confidence, CONFIDENCE)}

    shard.write({"mask": MASK, "confidence": CONFIDENCE}, compute)
