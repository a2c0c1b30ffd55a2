"""Seeds and training steps on a GPU, against one image and one view at a time in float32 with results saved in between.

ResNet-50, pictures of 500 x 375, scales 0.5 to 2 with mirror images. A GPU is needed; nothing is recorded without one.
"""

from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from torch import nn

from benchmarks.kit.cases import Case, Cases
from benchmarks.kit.pictures import SIZE, grainy_picture
from seedmask.classifiers.cam.network import CamClassifier, build
from seedmask.classifiers.cam.options import CamOptions
from seedmask.inference.bfloat16 import in_bfloat16
from seedmask.methods.batches import as_batch
from seedmask.methods.multi_scale import multi_scale_cam
from seedmask.storage.at_once import IN_HAND, in_order

SCALES, SHOWN, CLASS_COUNT = (0.5, 1.0, 1.5, 2.0), (3, 8, 14), 20


def cases(quick: bool) -> Cases:
    """Seeds in float32 and in bfloat16, and a training step."""
    if not torch.cuda.is_available():
        raise SystemExit("benchmarks gpu: torch sees no GPU here; run it on a machine that has one")
    images = 4 if quick else 64
    return {
        "seeds, float32": partial(_seeds, images, half=False),
        "seeds, bfloat16": partial(_seeds, images, half=True),
        "training step, bfloat16": _step,
    }


def _network() -> CamClassifier:
    options = CamOptions.model_validate({"encoder": "resnet50", "weights": "random"})
    return build(options, CLASS_COUNT).eval().to("cuda")


def _seeds(count: int, *, half: bool) -> Case:
    random, network = np.random.default_rng(0), _network()
    images = [grainy_picture(random, SIZE) for _ in range(count)]
    maps = in_bfloat16("cam", network, "score_maps", "cuda") if half else network.score_maps

    def ours() -> list[np.ndarray]:
        one = partial(multi_scale_cam, maps, classes=SHOWN, scales=SCALES, device="cuda")
        return list(in_order(lambda image: (one(image=image) * 255).astype(np.uint8), images, IN_HAND["cuda"]))

    def plain() -> list[np.ndarray]:
        with TemporaryDirectory() as name:
            return [_plain(network, image, Path(name) / f"{number}.npy") for number, image in enumerate(images)]

    return Case(ours, plain, ("in hand together", "one after the other"), at_least=1, rounds=3, difference=None)


def _plain(network: CamClassifier, image: np.ndarray, path: Path) -> np.ndarray:
    """A view at a time, as much published code does it, and a file for each picture."""
    cams = np.zeros((len(SHOWN), *SIZE), np.float32)
    for scale in SCALES:
        for flip in (False, True):
            view = image[:, ::-1].copy() if flip else image
            cam = multi_scale_cam(network.score_maps, view, SHOWN, (scale,), False, device="cuda")
            cams += cam[..., ::-1] if flip else cam
    np.save(path, cams)
    return cams


def _step() -> Case:
    """A step with autocast against one without, both on pictures that are on the card."""
    random = np.random.default_rng(0)
    pictures = as_batch([grainy_picture(random, (320, 320)) for _ in range(16)], "cuda")
    targets = torch.from_numpy(random.integers(0, 2, (16, CLASS_COUNT)).astype(np.float32)).to("cuda")

    def step(half: bool) -> None:
        with torch.autocast("cuda", torch.bfloat16, enabled=half):
            scores = network.score_maps(pictures).mean((2, 3))
        nn.functional.binary_cross_entropy_with_logits(scores.float(), targets).backward()
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        torch.cuda.synchronize()

    network = _network().train()
    optimiser = torch.optim.SGD(network.parameters(), 0.01)
    return Case(partial(step, True), partial(step, False), ("bfloat16", "float32"), difference=None)
