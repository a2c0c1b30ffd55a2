"""Prediction by strips of pictures up to 1536 x 2048 and 151 labels, against whole planes where they fit into 8 GB.

As `prediction`; at most 4 GB beside the network are wanted whatever the size.
"""

from functools import partial

from benchmarks.kit.cases import Cases, Table
from benchmarks.kit.processes import run_function
from benchmarks.prediction import VIEWS, inputs, prediction_case
from seedmask.inference.predictor import Predictor
from seedmask.labels import LabelSet


def cases(quick: bool) -> Cases:
    """What has a plain side."""
    sizes = [(64, 64, 5)] if quick else [(768, 1024, 21), (768, 1024, 151), (1536, 2048, 21)]
    return {f"{h} x {w}, {labels} labels": partial(prediction_case, h, w, labels, 1) for h, w, labels in sizes}


def tables(quick: bool) -> list[Table]:
    """What has none."""
    height, width, labels = (96, 96, 9) if quick else (1536, 2048, 151)
    found = run_function("benchmarks.prediction_large", "strips", height, width, labels)
    row = (f"{height} x {width}, {labels} labels", found.seconds, found.megabytes)
    return [Table("By strips alone", ("picture", "s", "MB"), [row], "At most 4,000 MB are wanted.")]


def strips(height: int, width: int, labels: int) -> None:
    """Predict one picture."""
    network, image = inputs(height, width, labels)
    known = LabelSet(tuple(f"class {number}" for number in range(1, labels)))
    Predictor(network.coarse_logits, known, VIEWS, "cpu").predict(image)
