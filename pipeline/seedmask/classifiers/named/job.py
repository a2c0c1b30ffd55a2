"""Choose the rows of the encoder's head that represent the classes; nothing is trained."""

from seedmask.classifiers.named.network import build
from seedmask.classifiers.named.options import NamedOptions
from seedmask.classifiers.named_rows import named_rows
from seedmask.dataset.catalogue import Catalogue
from seedmask.errors import InputError, Problem
from seedmask.job import Job
from seedmask.networks.imagenet_head import check_fit
from seedmask.networks.weights import weights_identity
from seedmask.storage.training import only_training


def run(job: Job, device: str) -> None:  # noqa: ARG001  the network is not run
    """Write the classifier of a job.

    Raises:
        InputError: a class has no rows; all such classes are listed.
        SeedmaskError: the weights bring no head that can be read place by place; see `only_training`.
    """
    options = NamedOptions.model_validate(job.settings)
    labels = Catalogue(job.results).index.labels
    classes = labels.classes
    rows = named_rows(options, options.names, classes)
    if misses := rows.matching.misses:
        raise InputError(
            f"classes without rows in the head of {options.encoder} ({rows.head.space.name})",
            [Problem(f"class {miss.tag!r}", miss.found, miss.remedy) for _, miss in sorted(misses.items())],
        )
    first_weights = weights_identity(options.encoder, options.weights, options.weights_sha256)
    depends_on = {
        "classes": labels.digest,
        "weights": first_weights,
        "rows": rows.digest,
    }
    with only_training(job, depends_on) as training:
        if training is None:
            return
        network = build(options, len(classes))
        check_fit(rows.head, network.read, options)
        network.set_rows(rows.head.weight, rows.head.bias, rows.chosen, rows.class_of)
        rows.log_rows()
        facts = {**labels.as_facts(), "first_weights": first_weights, "held_out": [], "names": rows.facts}
        training.finish(network.state_dict(), [], facts)
