"""I2CRC's maps, from one squashed view of a picture."""

import numpy as np
import torch
from PIL import Image

from pipeline.config.seeds.single_scale_bytes import SingleScaleBytes
from pipeline.data.index import Row
from pipeline.job import Job
from pipeline.machines.classifier import TrainedClassifier
from pipeline.methods.attention_bytes import attention_bytes
from pipeline.methods.pictures import as_batch
from pipeline.stages.loops.maps import write_maps
from pipeline.storage.shard import Shard


def run(job: Job, device: str) -> None:
    """Make the seeds of a shard."""
    options, shard = SingleScaleBytes.model_validate(job.settings), Shard(job)
    torch.set_num_threads(options.threads)
    classifier = TrainedClassifier(shard, options.source, device)

    @torch.no_grad()
    def maps(row: Row) -> np.ndarray:
        picture = Image.fromarray(shard.catalogue.picture(row))
        view = picture.resize((options.square, options.square), Image.Resampling.BILINEAR)
        scores = classifier(as_batch([np.asarray(view)], device))[0].float().cpu().numpy()
        return attention_bytes(scores, row.tags, (row.height, row.width)) / np.float32(255)

    write_maps(shard, "uint8", maps, classifier)
