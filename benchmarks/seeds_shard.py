"""A seeds shard, from pictures to the store and its manifest, against the bare forwards of its network.

The shard's network is computed by ONNX Runtime, the forwards by torch; both by torch; and, on a processor that has
bfloat16, the shard's in that. Scales 1 and 1.5 with mirror images, one thread.
"""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.kit.cases import Case, Cases
from seedmask.classifiers.cam.network import build
from seedmask.classifiers.cam.options import CamOptions
from seedmask.config.base import Engine, Precision
from seedmask.dataset.images import load_image
from seedmask.dataset.index import Index, Row
from seedmask.demo.shapes import make_shapes
from seedmask.inference.bfloat16 import has_bfloat16
from seedmask.inference.engine import NetworkSource
from seedmask.job import Job
from seedmask.methods.multi_scale import ScoreMaps, multi_scale_cam
from seedmask.storage.canvas import CLASSES, Layout, StoreSize, cam_spec, encode
from seedmask.storage.shard import ShardTask, write_shard

SCALES = (1.0, 1.5)
CLASS_COUNT = 20


def cases(quick: bool) -> Cases:
    """One shard of pictures of two sizes, and one without the other engine."""
    if quick:
        return {"64 x 48, onnx": lambda: shard_case(2, 64, "onnx", 1)}
    rounded: Cases = {
        "320 x 240, bfloat16": lambda: shard_case(32, 320, "torch", 0.45, "bfloat16"),
        "640 x 480, bfloat16": lambda: shard_case(8, 640, "torch", 0.45, "bfloat16"),
    }
    return {
        "320 x 240, onnx": lambda: shard_case(32, 320, "onnx", 0.72),
        "640 x 480, onnx": lambda: shard_case(8, 640, "onnx", 0.62),
        "320 x 240, torch": lambda: shard_case(32, 320, "torch", 1.15),
        **(rounded if has_bfloat16("cpu") else {}),
    }


def shard_case(pictures: int, side: int, engine: Engine, at_most: float, precision: Precision = "float32") -> Case:
    """The whole shard beside its forwards.

    Args:
        pictures: how many.
        side: their larger side in pixels.
        engine: what computes the shard's network.
        at_most: ratio that is wanted.
        precision: number format of the shard's network.
    """
    network = build(CamOptions(), CLASS_COUNT).eval()
    score_maps = NetworkSource("classifiers/cam", lambda: network).function("score_maps", engine, "cpu", precision)
    images = pictures_of(pictures, side)
    score_maps(views(images[0], 1))  # the file is made once, not by every shard
    rng = np.random.default_rng(0)
    classes = [tuple(sorted(rng.permutation(CLASS_COUNT)[: 1 + n % 3].tolist())) for n in range(pictures)]
    return Case(
        ours=lambda: whole_shard(score_maps, images, classes),
        plain=lambda: bare_forwards(network, images),
        names=("whole shard", "bare forwards of torch"),
        at_most=at_most,
        rounds=3,
        difference=None,
    )


def pictures_of(count: int, side: int) -> list[np.ndarray]:
    """Pictures of the procedural set.

    Args:
        count: how many.
        side: their larger side in pixels.
    """
    with tempfile.TemporaryDirectory() as name:
        make_shapes(Path(name) / "set", train=count, val=0, seed=0, size=side)
        return [load_image(path) for path in sorted((Path(name) / "set" / "JPEGImages").iterdir())]


def views(image: np.ndarray, scale: float) -> torch.Tensor:
    """A picture and its mirror image at one scale."""
    picture = torch.tensor(image).permute(2, 0, 1)[None].float() / 255
    size = [round(length * scale) for length in image.shape[:2]]
    resized = torch.nn.functional.interpolate(picture, size, mode="bilinear", antialias=True)
    return torch.cat([resized, resized.flip(-1)])


@torch.no_grad()
def bare_forwards(network: Any, images: list[np.ndarray]) -> None:
    """Nothing but the network."""
    for image in images:
        for scale in SCALES:
            network.score_maps(views(image, scale))


def whole_shard(score_maps: ScoreMaps, images: list[np.ndarray], classes: list[tuple[int, ...]]) -> None:
    """What the stage does: maps, rounding, digests, one atomic shard, manifest."""
    spec = cam_spec("uint8")
    rows = [
        Row(str(n), f"{n}.jpg", "train", image.shape[1], image.shape[0], classes[n], "0" * 64, None, None)
        for n, image in enumerate(images)
    ]

    index = Index([str(number) for number in range(CLASS_COUNT)], rows)
    store = Layout({"cam": spec, "classes": CLASSES}, index.extent, len(images)), StoreSize.of(index)

    def compute(task: ShardTask) -> dict[str, np.ndarray]:
        cams = multi_scale_cam(score_maps, images[task.row], classes[task.row], SCALES, True)
        return {"cam": encode(cams, spec), "classes": np.array(classes[task.row], "int16")}

    with tempfile.TemporaryDirectory() as folder:
        job = Job(stage="seeds", variant="cam", shard="0000", results=Path(folder), settings={}, basis={},
                  shard_size=len(images))  # fmt: skip
        write_shard(job, *store, [ShardTask(n, row, {}) for n, row in enumerate(rows)], compute)
