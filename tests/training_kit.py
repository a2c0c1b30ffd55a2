"""Small trainings with every kind of loss, on images of noise."""

from functools import partial

import torch

from seedmask.architectures.smp import network as smp
from seedmask.architectures.smp.options import SmpOptions
from seedmask.classifiers.boundary import network as boundary
from seedmask.classifiers.boundary.options import BoundaryOptions
from seedmask.classifiers.cam import job as cam_stage
from seedmask.classifiers.cam import network as cam
from seedmask.classifiers.cam.options import CamOptions
from seedmask.classifiers.i2crc import network as i2crc
from seedmask.classifiers.i2crc.job import total_loss
from seedmask.classifiers.i2crc.options import I2crcOptions, RelationWeights
from seedmask.classifiers.seam import job as seam_stage
from seedmask.classifiers.seam import network as seam
from seedmask.classifiers.seam.options import SeamOptions
from seedmask.classifiers.sfc import network as sfc
from seedmask.classifiers.sfc.job import sfc_loss
from seedmask.classifiers.sfc.options import Bank, SfcOptions
from seedmask.classifiers.sfc.samples import BankSampler
from seedmask.config.networks import EncoderOptions
from seedmask.losses.mixture.loss import build as build_mixture
from seedmask.losses.mixture.options import MixtureLossOptions
from seedmask.methods.boundary import boundary_loss
from seedmask.methods.cross_entropy import cross_entropy

CLASSES, SIDE, IMAGES = 3, 32, 10
TRAININGS = ("cam", "segmenter", "agmm", "seam", "i2crc", "sfc", "boundary")
OPTIONS = {"encoder": "resnet18", "weights": "none", "output_stride": 16, "epochs": 1, "lr": 0.01}


class Samples:
    """Images of noise, each with tags, labels, saliency and a mask without padding."""

    def __init__(self, *parts: str):
        self._parts = parts

    def __len__(self) -> int:
        return IMAGES

    def view(self, number: int, seed: int) -> tuple[torch.Tensor, ...]:
        draws = torch.Generator().manual_seed(seed % 1000 + number)
        tags = torch.zeros(CLASSES)
        tags[number % CLASSES], tags[-1] = 1, float(number % 2)
        pixels = torch.randint(CLASSES + 2, (SIDE, SIDE), generator=draws)
        pixels[pixels == CLASSES + 1] = 255
        pixels[: 3 * number] = 255  # so that each image has another number of labelled pixels
        weak = torch.where(pixels < 2, pixels, CLASSES + 1)
        made = {
            "image": torch.rand(3, SIDE, SIDE, generator=draws),
            "tags": tags,
            "pixels": pixels,
            "saliency": torch.rand(SIDE, SIDE, generator=draws),
            "inside": torch.ones(1, SIDE, SIDE),
            "weak": weak,
            "shown": torch.ones(CLASSES + 1),
        }
        return tuple(made[part] for part in self._parts)


def trainings():
    """Name, network, loss, samples and state of the loss of each training."""
    torch.manual_seed(0)

    def segmenter(decoder, **arguments):
        options = SmpOptions(decoder=decoder, arguments=arguments)
        return smp.build(options, EncoderOptions(encoder="resnet18", weights="none"), CLASSES + 1)

    def pixels(network, batch):
        return network.training_loss(network(batch[0]), batch[1], cross_entropy)

    mixture = build_mixture(MixtureLossOptions())

    def weak(network, batch):
        images, labels, shown = batch
        return mixture(*network.decoded(images), labels, shown)

    def relations(network, batch):
        images, labels, saliency = batch
        return total_loss(network.score_maps(images), saliency, labels, RelationWeights())

    def edges(network, batch):
        logits, displacement = network(batch[0])
        labels = batch[1][:, ::4, ::4]
        with torch.autocast("cpu", enabled=False):
            return sum(boundary_loss(logits.float().sigmoid(), displacement.float(), labels, 4))

    prototypes = SfcOptions(method="sfc", **OPTIONS)
    bank = BankSampler(Bank(draws=3), CLASSES, 0, torch.zeros(1, 3, 1, 1))

    def banked(network, batch):
        return sfc_loss(network, bank.with_drawn(batch), torch.ones(CLASSES), prototypes)

    tagged, seam_options = Samples("image", "tags"), SeamOptions(method="seam", dropout=0, **OPTIONS)
    yield "cam", cam.build(CamOptions(method="cam", **OPTIONS), CLASSES), cam_stage._loss, tagged, None
    yield "segmenter", segmenter("Unet"), pixels, Samples("image", "pixels"), None
    yield "agmm", segmenter("FPN", decoder_dropout=0.0), weak, Samples("image", "weak", "shown"), None
    seam_loss = partial(seam_stage._loss, small_view=0.5)
    yield "seam", seam.build(seam_options, CLASSES), seam_loss, tagged, None
    relation_options = I2crcOptions(saliency="saliency/x", head_channels=8, **OPTIONS | {"method": "i2crc"})
    yield "i2crc", i2crc.build(relation_options, CLASSES), relations, Samples("image", "tags", "saliency"), None
    yield "sfc", sfc.build(prototypes, CLASSES), banked, Samples("image", "tags", "inside"), bank
    edge_options = BoundaryOptions(**{"from": "masks/x"}, **OPTIONS | {"method": "boundary"})
    yield "boundary", boundary.build(edge_options, CLASSES), edges, Samples("image", "pixels"), None
