"""Labels in which several masks agree."""

from seedmask.dataset.index import Row
from seedmask.job import Job
from seedmask.masks.agreement.options import AgreementOptions
from seedmask.methods.agreement import agreed_labels
from seedmask.storage.canvas import MASK
from seedmask.storage.reader import Arrays
from seedmask.storage.shard import Shard


def run(job: Job, device: str) -> None:  # noqa: ARG001  no network
    """Make the masks of a shard."""
    options, shard = AgreementOptions.model_validate(job.settings), Shard(job)
    masks = [shard.inputs.stored[reference] for reference in options.of]

    def compute(row: Row) -> Arrays:
        return {"mask": agreed_labels([variant.read(row.id)["mask"] for variant in masks])}

    shard.write({"mask": MASK}, compute)
