"""What each process of `test_distributed.py` runs: trainings by one process, then the same by two."""

import json
import sys
from functools import partial
from pathlib import Path

import torch
from torch import distributed, nn
from torch.nn.functional import batch_norm

from pipeline.config.architectures.smp import Smp
from pipeline.config.bank import Bank
from pipeline.config.classifiers.boundary import BoundaryNetwork
from pipeline.config.classifiers.cam import CamClassifier
from pipeline.config.classifiers.i2crc import I2crcClassifier, RelationWeights
from pipeline.config.classifiers.seam import SeamClassifier
from pipeline.config.classifiers.sfc import SfcClassifier
from pipeline.config.losses.mixture import Mixture
from pipeline.config.networks import Encoder, Optimiser
from pipeline.machines.banked import Banked
from pipeline.machines.batch_norm import shared_batch_norm
from pipeline.machines.optimisers import parameter_groups
from pipeline.machines.training import fit
from pipeline.methods.cross_entropy import cross_entropy
from pipeline.nets.architectures import smp
from pipeline.nets.classifiers import boundary, cam, i2crc, seam, sfc
from pipeline.stages.classifiers import cam as cam_stage
from pipeline.stages.classifiers import seam as seam_stage
from pipeline.stages.classifiers.i2crc import total_loss
from pipeline.stages.classifiers.sfc import sfc_loss
from pipeline.stages.losses.mixture import of as mixture_of

CLASSES, SIDE, PICTURES = 3, 32, 10
LENGTH = Optimiser(epochs=2, least_steps=0, batch_size=5, lr=0.01, head_lr_factor=1, threads=1)
OPTIONS = {"encoder": "resnet18", "weights": "none", "output_stride": 16, "epochs": 1, "lr": 0.01}


class Samples:
    """Pictures of noise, each with tags, pixels, saliency, and where it is no padding."""

    def __init__(self, *parts: str):
        self._parts = parts

    def __len__(self) -> int:
        return PICTURES

    def view(self, number: int, seed: int) -> tuple[torch.Tensor, ...]:
        draws = torch.Generator().manual_seed(seed % 1000 + number)
        tags = torch.zeros(CLASSES)
        tags[number % CLASSES], tags[-1] = 1, float(number % 2)
        pixels = torch.randint(CLASSES + 2, (SIDE, SIDE), generator=draws)
        pixels[pixels == CLASSES + 1] = 255
        pixels[: 3 * number] = 255  # as many labelled pixels as there is no second picture with
        weak = torch.where(pixels < 2, pixels, CLASSES + 1)
        made = {
            "picture": torch.rand(3, SIDE, SIDE, generator=draws),
            "tags": tags,
            "pixels": pixels,
            "saliency": torch.rand(SIDE, SIDE, generator=draws),
            "inside": torch.ones(1, SIDE, SIDE),
            "weak": weak,
            "shown": torch.ones(CLASSES + 1),
        }
        return tuple(made[part] for part in self._parts)


class Nothing:
    """In the place of a training's files."""

    made_by = "a test"

    def resume(self) -> None:
        return None

    def save(self, state: dict) -> None:
        pass


def trainings():
    """Network, loss, samples and memory of each training, by name."""
    torch.manual_seed(0)

    def segmenter(decoder, **arguments):
        options = Smp(decoder=decoder, arguments=arguments)
        return smp.build(options, Encoder(encoder="resnet18", weights="none"), CLASSES + 1)

    def pixels(network, batch):
        return network.training_loss(network(batch[0]), batch[1], cross_entropy)

    mixture = mixture_of(Mixture())

    def weak(network, batch):
        pictures, labels, shown = batch
        return mixture(*network.decoded(pictures), labels, shown)

    def relations(network, batch):
        pictures, labels, saliency = batch
        return total_loss(network.score_maps(pictures), saliency, labels, RelationWeights())

    def edges(network, batch):
        logits, _ = network(batch[0])
        return (logits.mean() - 1) ** 2

    prototypes = SfcClassifier(method="sfc", **OPTIONS)
    bank = Banked(Bank(draws=3), CLASSES, 0, torch.zeros(1, 3, 1, 1))

    def banked(network, batch):
        return sfc_loss(network, bank.with_drawn(batch), torch.ones(CLASSES), prototypes)

    tagged, seam_options = Samples("picture", "tags"), SeamClassifier(method="seam", dropout=0, **OPTIONS)
    yield "cam", cam.build(CamClassifier(method="cam", **OPTIONS), CLASSES), cam_stage._loss, tagged, None
    yield "segmenter", segmenter("Unet"), pixels, Samples("picture", "pixels"), None
    yield "agmm", segmenter("FPN", decoder_dropout=0.0), weak, Samples("picture", "weak", "shown"), None
    seam_loss = partial(seam_stage._loss, small_view=0.5)
    yield "seam", seam.build(seam_options, CLASSES), seam_loss, tagged, None
    relation_options = I2crcClassifier(saliency="saliency/x", head_channels=8, **OPTIONS | {"method": "i2crc"})
    yield "i2crc", i2crc.build(relation_options, CLASSES), relations, Samples("picture", "tags", "saliency"), None
    yield "sfc", sfc.build(prototypes, CLASSES), banked, Samples("picture", "tags", "inside"), bank
    edge_options = BoundaryNetwork(**{"from": "masks/x"}, **OPTIONS | {"method": "boundary"})
    yield "boundary", boundary.build(edge_options, CLASSES), edges, tagged, None


def run() -> dict[str, dict]:
    """Losses of each training, and a sum over the weights that it ends with."""
    found = {}
    for name, network, loss, samples, memory in trainings():
        # Parts of one size, where a running mean over pictures is no batch norm's.
        length = LENGTH.model_copy(update={"batch_size": 4}) if name == "boundary" else LENGTH
        groups = parameter_groups(network, nn.Module(), length)
        weights, metrics = fit(network, groups, samples, loss, length, Nothing(), "cpu", memory=memory)
        state = network.state_dict()
        found[name] = {
            "losses": [one["loss"] for one in metrics],
            "weights": {key: tensor.double().norm().item() for key, tensor in state.items()},
            "kept": len(weights) == len(state),
        }
    return found


def batch_norms(rank: int) -> None:
    """The gradient and statistics of a part are those of the whole, also of parts that are not of one size."""
    draws = torch.Generator().manual_seed(0)
    whole = torch.randn(5, 4, 3, 3, generator=draws, dtype=torch.float32) + 3
    wanted, mine = torch.randn(whole.shape, generator=draws), (slice(0, 3), slice(3, 5))[rank]
    results = []
    for function, rows in ((batch_norm, slice(0, 5)), (shared_batch_norm, mine)):
        x, weight, bias = whole[rows].clone().requires_grad_(), torch.ones(4) * 2, torch.ones(4)
        mean, variance = torch.zeros(4), torch.ones(4)
        y = function(x, mean, variance, weight, bias, True, 0.1, 1e-5)
        (y * wanted[rows]).sum().backward()
        results.append((y, x.grad, mean, variance))
    (y, gradient, *statistics), (own, own_gradient, *own_statistics) = results
    torch.testing.assert_close(own, y[mine])
    torch.testing.assert_close(own_gradient, gradient[mine], rtol=1e-4, atol=1e-5)
    for found, expected in zip(own_statistics, statistics, strict=True):
        torch.testing.assert_close(found, expected)


if __name__ == "__main__":
    number, folder = int(sys.argv[1]), Path(sys.argv[2])
    torch.set_num_threads(1)
    if number == 0:
        (folder / "one.json").write_text(json.dumps(run()))
    distributed.init_process_group("gloo", f"file://{folder / 'store'}", rank=number, world_size=2)
    batch_norms(number)
    (folder / f"two-{number}.json").write_text(json.dumps(run()))
    distributed.destroy_process_group()
