"""How each kind of published network is built and run, and which of its arrays and modules the references name."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import torch
from torch import nn
from torch.nn.functional import interpolate

import seedmask.architectures.deeplab_v2.network
import seedmask.architectures.deeplab_v3_plus.network
import seedmask.architectures.dilated_psp.network
import seedmask.classifiers.boundary.network
import seedmask.classifiers.i2crc.network
import seedmask.classifiers.seam.network
import seedmask.classifiers.sfc.network
from seedmask.architectures.deeplab_v2.options import DeepLabV2Options
from seedmask.architectures.deeplab_v3_plus.options import DeepLabV3PlusOptions
from seedmask.architectures.dilated_psp.options import DilatedPspOptions
from seedmask.classifiers.boundary.options import BoundaryOptions
from seedmask.classifiers.i2crc.options import I2crcOptions
from seedmask.classifiers.seam.options import SeamOptions
from seedmask.classifiers.sfc.options import SfcOptions
from seedmask.config.networks import EncoderOptions
from seedmask.methods.boundary import boundary_of_views, mirrored_on_canvas
from seedmask.methods.prototypes import activation_maps, prototype_cam
from seedmask.networks.checkpoints import Names, load_encoder, load_published, renamed
from seedmask.networks.encoders import build_encoder

Arrays = Mapping[str, np.ndarray]
Tensors = dict[str, torch.Tensor]
TRUNK = "encoder.model."


@dataclass
class PublishedNetwork(ABC):
    """A kind of network.

    Args:
        encoder: its options.
        options: of what is around the encoder.
    """

    encoder: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)

    modules: ClassVar[Mapping[str, str]] = {}
    """Our modules where they are not where the tensors' names say."""

    @abstractmethod
    def build(self, spec: Mapping[str, Any], case: str) -> nn.Module:
        """The network without weights, for normalised images."""

    @abstractmethod
    def names(self) -> Names:
        """Names of tensors in the authors' code."""

    @abstractmethod
    def outputs(self, network: Any, images: torch.Tensor, arrays: Arrays) -> Tensors:
        """What the network gives for normalised images, by the names of the reference arrays.

        Stages that are no module's output are `stage/NAME`.
        """

    def load(self, network: nn.Module, state: Tensors, source: str) -> None:
        """Load weights that have the authors' names."""
        load_published(network, state, source, self.names())

    def module_of(self, name: str) -> str:
        """Our module for one of the references' names."""
        if name in self.modules:
            return self.modules[name]
        for theirs, ours in self.names():
            if ours is not None and f"{name}.".startswith(theirs):
                return (ours + f"{name}."[len(theirs) :]).strip(".")
        return name

    def _encoder(self) -> dict[str, Any]:
        return {"weights": "none", **self.encoder}


class PublishedBackbone(PublishedNetwork):
    """An encoder alone, from a file of ImageNet; `options` are those of `build_encoder`."""

    def build(self, spec: Mapping[str, Any], case: str) -> nn.Module:  # noqa: ARG002
        options = {key: part for key, part in self.encoder.items() if key not in ("encoder", "encoder_arguments")}
        arguments = {**options, **self.encoder.get("encoder_arguments", {}), **self.options}
        return build_encoder(self.encoder["encoder"], **arguments)

    def names(self) -> Names:
        return (("", "model."),)

    def load(self, network: Any, state: Tensors, source: str) -> None:
        load_encoder(network.model, state, self.encoder["encoder"], source)

    def outputs(self, network: Any, images: torch.Tensor, arrays: Arrays) -> Tensors:
        if "class_logits" in arrays:
            return {"class_logits": network.model(images)}
        stages = dict(enumerate(network(images)[-4:]))
        return {
            **{f"stage/output{number}": stage for number, stage in stages.items()},
            **{f"output{number}_slice": _some_channels(stage) for number, stage in stages.items()},
        }


class PublishedSeam(PublishedNetwork):
    """Classifiers of SEAM and PMM."""

    def build(self, spec: Mapping[str, Any], case: str) -> nn.Module:  # noqa: ARG002
        options = SeamOptions.model_validate({**self._encoder(), **self.options})
        network = seedmask.classifiers.seam.network.build(options, spec["keys"]["fc8.weight"][0] - 1)
        return _unnormalised(network)

    def names(self) -> Names:
        return seedmask.classifiers.seam.network.PUBLISHED

    def outputs(self, network: Any, images: torch.Tensor, arrays: Arrays) -> Tensors:  # noqa: ARG002
        last, cams = network.encoder(images), network(images)
        return {
            "cam_logits": network.classifier(last),
            "cam_upsampled_every4": cams.scores[..., ::4, ::4],
            "cam_refined_every4": cams.refined[..., ::4, ::4],
            **_features(last),
        }


class PublishedPsp(PublishedNetwork):
    """Segmenters of PMM."""

    modules: ClassVar = {
        **{f"decode_head.psp_modules.{number}": f"pyramid.pools.{number}" for number in range(4)},
        "decode_head.bottleneck": "head.2",
        "auxiliary_head.convs": "auxiliary.2",
    }

    def build(self, spec: Mapping[str, Any], case: str) -> nn.Module:  # noqa: ARG002
        module = seedmask.architectures.dilated_psp.network
        classes = spec["keys"]["decode_head.conv_seg.weight"][0]
        options = DilatedPspOptions.model_validate(self.options)
        return _unnormalised(module.build(options, EncoderOptions.model_validate(self._encoder()), classes))

    def names(self) -> Names:
        return seedmask.architectures.dilated_psp.network.PUBLISHED

    def outputs(self, network: Any, images: torch.Tensor, arrays: Arrays) -> Tensors:
        stages, last = network.encoder.stage_features(images, (-4, -3, -2, -1))
        found = {
            **{f"stage/output{number}": stage for number, stage in enumerate(stages)},
            "main_logits": network.head(network.pyramid(last)),
            "auxiliary_logits": network.auxiliary(stages[-2]),
            "main_upsampled_every4": network(images)[..., ::4, ::4],
            **_features(last),
        }
        if "main_logits_training" in arrays:
            logits = _training(network)(images)
            found |= {"main_logits_training": logits.main, "auxiliary_logits_training": logits.auxiliary}
        return found


class PublishedAgmm(PublishedNetwork):
    """Segmenters of AGMM."""

    def build(self, spec: Mapping[str, Any], case: str) -> nn.Module:
        module = seedmask.architectures.deeplab_v3_plus.network
        stride = {"output_stride": 16} if "os16" in case.split("_") else {}
        options = DeepLabV3PlusOptions.model_validate({**self.options, **stride})
        encoder = EncoderOptions.model_validate(self._encoder())
        return _unnormalised(module.build(options, encoder, spec["keys"]["classifier.weight"][0]))

    def names(self) -> Names:
        return seedmask.architectures.deeplab_v3_plus.network.PUBLISHED

    def outputs(self, network: Any, images: torch.Tensor, arrays: Arrays) -> Tensors:
        features, logits = network.decoded(images)
        last = network.encoder(images)
        found = {
            "stage/head.b4": network.pyramid.mean(last).expand(-1, -1, *last.shape[-2:]),
            "features": _cut(features, arrays["features"], (4, 16), (1,)),
            "logits_low": network.classifier(features),
            "logits": _cut(logits, arrays["logits"], (1,), (3, 5)),
        }
        if "probabilities" in arrays:
            found["probabilities"] = _cut(logits.softmax(dim=1), arrays["probabilities"], (1,), (6,))
        return found


class PublishedI2crcClassifier(PublishedNetwork):
    """Classifier of I2CRC."""

    def build(self, spec: Mapping[str, Any], case: str) -> nn.Module:  # noqa: ARG002
        options = I2crcOptions.model_validate({"saliency": "saliency/any", **self._encoder(), **self.options})
        classes = spec["keys"]["extra_convs.6.weight"][0]
        return _unnormalised(seedmask.classifiers.i2crc.network.build(options, classes))

    def names(self) -> Names:
        return seedmask.classifiers.i2crc.network.PUBLISHED

    def outputs(self, network: Any, images: torch.Tensor, arrays: Arrays) -> Tensors:  # noqa: ARG002
        features = network.encoder(images)
        return {
            "class_maps": network.score_maps(images),
            "logits": network.logits(images),
            "features": features[:, ::8],
            "extra_features": network.head[:-1](features)[:, ::8],
        }


class PublishedMultiScale(PublishedNetwork):
    """Segmenter of I2CRC: names of modules end in the size of the images, `layer1@0.5`."""

    def build(self, spec: Mapping[str, Any], case: str) -> nn.Module:  # noqa: ARG002
        module = seedmask.architectures.deeplab_v2.network
        classes = spec["keys"]["base.classifier.conv2d_list.0.weight"][0]
        options, encoder = DeepLabV2Options.model_validate(self.options), EncoderOptions.model_validate(self._encoder())
        network = module.build(options, encoder, classes)
        _unnormalised(network.multi_scale.network)
        return network

    def names(self) -> Names:
        return seedmask.architectures.deeplab_v2.network.PUBLISHED

    def module_of(self, name: str) -> str:
        layer, _, scale = name.partition("@")
        inner = "multi_scale.network."
        if layer == "logits":
            return f"{inner}aspp@{scale}"
        where = layer.replace("aspp.", "aspp.branches.", 1) if layer.startswith("aspp.") else f"encoder.model.{layer}"
        return f"{inner}{where}@{scale}"

    def outputs(self, network: Any, images: torch.Tensor, arrays: Arrays) -> Tensors:
        after = [name for name in arrays if name.startswith("after/")]
        if after:
            network.train()
        network.multi_scale.training = True  # gives all sizes; batch norms stay as they are
        keys = ("logits_1", *(f"logits_{scale:g}" for scale in network.multi_scale.scales), "logits_max")
        found = dict(zip(keys, network.multi_scale(images), strict=True))
        buffers = network.state_dict()
        for name in after:
            ours = renamed(name.removeprefix("after/"), self.names()) or name
            found[name] = buffers[ours].flatten()[:64].reshape(arrays[name].shape)
        return found


class PublishedSfc(PublishedNetwork):
    """Classifier of SFC."""

    modules: ClassVar = {
        "stage0": f"{TRUNK}maxpool",
        **{f"stage{number}": f"{TRUNK}layer{number}" for number in range(1, 5)},
        **{f"stage4.0.{block}": f"{TRUNK}layer4.{block}" for block in range(3)},
    }

    def build(self, spec: Mapping[str, Any], case: str) -> nn.Module:  # noqa: ARG002
        options = SfcOptions.model_validate({**self._encoder(), **self.options})
        return _unnormalised(seedmask.classifiers.sfc.network.build(options, spec["keys"]["classifier.weight"][0]))

    def names(self) -> Names:
        return seedmask.classifiers.sfc.network.PUBLISHED

    def outputs(self, network: Any, images: torch.Tensor, arrays: Arrays) -> Tensors:
        head, features = network.head, network.features(images)
        stages, last = network.encoder.stage_features(images, (-4, -3, -2))
        valid = torch.from_numpy(arrays["valid_mask"])
        sides = [side(stage) for side, stage in zip(head.sides, [*stages, last], strict=True)]
        cams = head.cams(features, torch.ones_like(valid[:, 1:, 0, 0]), valid)
        return {
            **{f"side{number + 1}": side[:, ::8] for number, side in enumerate(sides)},
            "x4": last[:, ::32],
            "class_maps": features.scores,
            "hierarchical": features.hierarchy[:, ::4],
            "stage/hierarchical": features.hierarchy,
            "score": cams.logits[..., None, None],
            "cam_before_refinement": activation_maps(features.scores, valid),
            "cam_weight": cams.weights,
            "cam_prototype": cams.prototypes,
            **self._pair(network, images[:1], arrays),
        }

    def _pair(self, network: Any, image: torch.Tensor, arrays: Arrays) -> Tensors:
        """Maps of an image and its mirror image together."""
        if "pair_label" not in arrays:
            return {}
        head, pair = network.head, network.features(torch.cat([image, image.flip(-1)]))
        together = type(pair)(*(part[:1] + part[1:].flip(-1) for part in pair))
        allowed = torch.from_numpy(arrays["pair_label"]).float()[None, :, None, None]
        weights = head.weight_cams(together, allowed[:, 1:, 0, 0], None)
        prototypes, _ = prototype_cam(together.hierarchy, weights, allowed, head.background_factor)
        return {
            "pair_cam_before_refinement": activation_maps(together.scores)[0],
            "pair_cam_weight": weights[0],
            "pair_cam_prototype": prototypes[0],
        }


class PublishedIrn(PublishedNetwork):
    """IRN's network, as SFC trains it."""

    modules: ClassVar = {
        "stage1": f"{TRUNK}maxpool",
        **{f"stage{number + 1}": f"{TRUNK}layer{number}" for number in range(1, 5)},
        **{f"stage5.0.{block}": f"{TRUNK}layer4.{block}" for block in range(3)},
        "fc_dp7": "displacement.centred",
    }

    def build(self, spec: Mapping[str, Any], case: str) -> nn.Module:  # noqa: ARG002
        options = BoundaryOptions.model_validate({"from": "masks/any", **self._encoder(), **self.options})
        return _unnormalised(seedmask.classifiers.boundary.network.build(options, 0))

    def names(self) -> Names:
        return seedmask.classifiers.boundary.network.PUBLISHED

    def outputs(self, network: Any, images: torch.Tensor, arrays: Arrays) -> Tensors:
        size = images.shape[-2:]
        if "crop_size" in arrays:
            views = mirrored_on_canvas(images, int(arrays["crop_size"]))
            logits, displacement = network(views)
            edge = boundary_of_views(logits, size)[None]
            height, width = edge.shape[-2:]
            found = {"edge_probability": edge, "displacement": displacement[0, :, :height, :width]}
            return found | self._branches(network, network.stages(views))
        found = {"edge": network.logits(images)[:, None], "displacement": network(images).displacement}
        found |= self._branches(network, network.stages(images))
        fields = network.train()(images)
        return found | {
            "edge_training_mode": fields.logits[:, None],
            "displacement_training_mode": fields.displacement,
        }

    def _branches(self, network: Any, stages: list[torch.Tensor]) -> Tensors:
        """Reduced stages after enlargement and ReLU and before the cut, as the references have them."""
        edge, pointing = (1, 1, 2, 4, 4), (1, 1, 1, 2, 2)
        found = {}
        for branch, name, factors in ((network.boundary, "edge", edge), (network.displacement, "dp", pointing)):
            for number, (reduction, stage, factor) in enumerate(
                zip(branch.reductions, stages, factors, strict=True), start=1
            ):
                found[f"stage/fc_{name}{number}"] = _enlarged(reduction(stage), factor)
        height, width = stages[2].shape[-2:]
        deep = torch.cat([found[f"stage/fc_dp{number}"][..., :height, :width] for number in (3, 4, 5)], dim=1)
        return found | {"stage/fc_dp6": _enlarged(network.displacement.coarse(deep), 2)}


def _enlarged(maps: torch.Tensor, factor: int) -> torch.Tensor:
    return interpolate(maps, scale_factor=float(factor), mode="bilinear", align_corners=False).relu()


def _unnormalised(network: Any) -> Any:
    """The network without its normalisation, since the references' images are normalised."""
    network.encoder.normalised = nn.Identity()
    return network


def _training(network: nn.Module) -> nn.Module:
    """The network in training mode, nothing dropped out."""
    network.train()
    for module in network.modules():
        if isinstance(module, nn.Dropout | nn.Dropout2d):
            module.eval()
    return network


def _features(last: torch.Tensor) -> Tensors:
    return {
        "feature_shape": torch.tensor(last.shape),
        "feature_slice": _some_channels(last),
        "feature_channel_mean": last.mean(dim=(2, 3)),
    }


def _some_channels(features: torch.Tensor) -> torch.Tensor:
    return features[:, :: features.shape[1] // 32]


def _cut(full: torch.Tensor, wanted: np.ndarray, channels: Sequence[int], places: Sequence[int]) -> torch.Tensor:
    """Every so many channels and places, by the first steps that give the reference's shape."""
    for channel in channels:
        for place in places:
            cut = full[:, ::channel, ::place, ::place]
            if cut.shape == wanted.shape:
                return cut
    return full
