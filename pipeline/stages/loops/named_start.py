"""Weights of classes that start from the rows of the encoder's own head."""

import torch
from jaxtyping import Float

from pipeline.config.networks import Encoder as Options
from pipeline.errors import SeedmaskError
from pipeline.job import log
from pipeline.methods.named import centred, mean_rows
from pipeline.nets.encoders import Encoder
from pipeline.nets.named_head import check_fit
from pipeline.nets.pre_logits import PreLogits
from pipeline.stages.loops.named_rows import NamedRows


@torch.no_grad()
def start(weight: Float[torch.Tensor, "C D"], encoder: Encoder, options: Options, rows: NamedRows) -> None:
    """Put the mean row of each class less the mean of all rows in the place of what was drawn, where it has rows.

    Args:
        weight: of the classes, on the encoder's last features; changed in place.
        encoder: the encoder.
        options: its options.
        rows: what the classes start from.

    Raises:
        SeedmaskError: the head does not read the mean of the last features.
    """
    read = PreLogits(encoder)
    if not read.is_identity:
        raise SeedmaskError(
            f"head: named: encoder {options.encoder} has further layers between its last features and its head, which "
            "no weight of a class can stand for; use `method: named`, or an encoder without, like resnet50"
        )
    check_fit(rows.head, read, options)
    for miss in rows.matching.misses.values():
        log.info("warning: head: named: no row for %r: drawn as usual; %s; %s", miss.tag, miss.found, miss.remedy)
    rows.tell()
    means = mean_rows(centred(rows.head.weight)[rows.chosen], rows.class_of, len(weight))
    matched = rows.class_of.unique()
    weight[matched] = means[matched].to(weight.device)
