"""Distances of class scores within and between an image's object and its background (I2CRC, Chen et al., TMM 2023).

Saliency says softly what is object, image tags say which class. Scores are pulled together inside the object and inside
the background, whatever the class, and the score of the image's class is pushed up on the object against the
background. The features compared are the class scores themselves; a prototype is their mean over a mask.
"""

from typing import Literal, NamedTuple

import torch
from jaxtyping import Bool, Float
from torch.nn.functional import interpolate, multilabel_soft_margin_loss

from seedmask.methods.cams import Number

EPSILON = 1e-5
Select = Literal["single", "all"]
Weights = tuple[Number, Number, Number]
WEIGHTS: Weights = (0.01, 0.025, 0.1)
"""The authors' weights of the three distances."""


class RelationLosses(NamedTuple):
    """The three distances, each a scalar."""

    object_distance: Float[torch.Tensor, ""]
    background_distance: Float[torch.Tensor, ""]
    class_distance: Float[torch.Tensor, ""]


class _Terms(NamedTuple):
    classification: Float[torch.Tensor, ""]
    object_distance: Float[torch.Tensor, ""]
    background_distance: Float[torch.Tensor, ""]
    class_distance: Float[torch.Tensor, ""]


class I2CRCLoss(_Terms):
    """Classification and the three distances, without their weights; `total` has them."""

    weights: Weights

    def __new__(cls, *terms: torch.Tensor, weights: Weights = WEIGHTS):
        """The terms in their order, and the weights of the distances."""
        made = super().__new__(cls, *terms)
        made.weights = weights
        return made

    @property
    def total(self) -> Float[torch.Tensor, ""]:
        """L = L_cls + w_1 L_cad_ob + w_2 L_cad_bg + w_3 L_csd."""
        return self.classification + sum(w * term for w, term in zip(self.weights, self[1:], strict=True))


def masked_prototype(
    maps: Float[torch.Tensor, "N C H W"], mask: Float[torch.Tensor, "N H W"]
) -> Float[torch.Tensor, "N C"]:
    """p_c = Σ m U_c / (Σ m + 1e-5): mean score under a soft mask.

    Args:
        maps: U.
        mask: m, in 0..1.
    """
    return (mask[:, None] * maps).sum(dim=(2, 3)) / (mask.sum(dim=(1, 2))[:, None] + EPSILON)


def qualifying(
    saliency: Float[torch.Tensor, "N H W"],
    labels: Float[torch.Tensor, "N C"],
    *,
    min_saliency: Number = 0.0,
    select: Select = "single",
) -> Bool[torch.Tensor, " N"]:
    """I: the images that the distances use.

    Args:
        saliency: s, in 0..1.
        labels: 1 for each class in the image, else 0.
        min_saliency: mean saliency below which an image is left out.
        select: images of exactly one class, as the authors have it, or of any.
    """
    counts = labels.sum(dim=1)
    chosen = counts == 1 if select == "single" else counts > 0
    return chosen & (saliency.mean(dim=(1, 2)) >= min_saliency)


def relation_losses(
    maps: Float[torch.Tensor, "N C h w"],
    saliency: Float[torch.Tensor, "N H W"],
    labels: Float[torch.Tensor, "N C"],
    *,
    saliency_power: Number = 2,
    min_saliency: Number = 0.0,
    select: Select = "single",
    detach: bool = False,
) -> RelationLosses:
    """Class-agnostic distance of object and of background, and class-specific distance.

    With U the maps at the size of s, p and p' their prototypes of s and of 1 - s, and means over the N' images of
    `qualifying`:

        CAD(m) = 1/(N' C) Σ_nc Σ_ij m_ij^2 (U_ncij - p_nc(m))^2 / (Σ m + 1e-5), of m = s and of m = 1 - s
        CSD = 1/(N' C) Σ_nc y_nc (p'_nc - p_nc)

    The last one has no bound below; what holds it is the first and the classification. Three zeros that have a gradient
    where no image qualifies. A map without salient pixels pushes the class down everywhere, a full one up.

    Args:
        maps: raw scores, signed.
        saliency: s, in 0..1.
        labels: y, 1 for each class in the image, else 0.
        saliency_power: exponent of m in the numerator.
        min_saliency: see `qualifying`.
        select: see `qualifying`.
        detach: whether prototypes get no gradient from the first distance.
    """
    chosen = qualifying(saliency, labels, min_saliency=min_saliency, select=select)
    if not chosen.any():
        return RelationLosses(*(maps.sum() * 0 for _ in range(3)))
    maps, inside, present = maps[chosen], saliency[chosen], labels[chosen]
    large = interpolate(maps, inside.shape[-2:], mode="bilinear", align_corners=False)
    divisor = len(maps) * maps.shape[1]
    prototypes = [masked_prototype(large, mask) for mask in (inside, 1 - inside)]
    spreads = [
        _spread(large, mask, prototype.detach() if detach else prototype, saliency_power).sum() / divisor
        for mask, prototype in zip((inside, 1 - inside), prototypes, strict=True)
    ]
    between = (present * (prototypes[1] - prototypes[0])).sum() / divisor
    return RelationLosses(spreads[0], spreads[1], between)


def i2crc_loss(
    maps: Float[torch.Tensor, "N C h w"],
    saliency: Float[torch.Tensor, "N H W"],
    labels: Float[torch.Tensor, "N C"],
    *,
    weights: Weights = WEIGHTS,
    saliency_power: Number = 2,
    min_saliency: Number = 0.0,
    select: Select = "single",
    detach: bool = False,
) -> I2CRCLoss:
    """Multi-label soft margin of the maps' means over all images, and `relation_losses`.

    Args:
        maps: raw scores, signed.
        saliency: s, in 0..1.
        labels: y, 1 for each class in the image, else 0.
        weights: of the distances of object and of background, and of the class-specific one.
        saliency_power: see `relation_losses`.
        min_saliency: see `relation_losses`.
        select: see `relation_losses`.
        detach: see `relation_losses`.
    """
    classification = multilabel_soft_margin_loss(maps.mean(dim=(2, 3)), labels.to(maps.dtype))
    how = {"saliency_power": saliency_power, "min_saliency": min_saliency, "select": select, "detach": detach}
    return I2CRCLoss(classification, *relation_losses(maps, saliency, labels, **how), weights=weights)


def _spread(
    maps: Float[torch.Tensor, "N C H W"],
    mask: Float[torch.Tensor, "N H W"],
    prototype: Float[torch.Tensor, "N C"],
    power: Number,
) -> Float[torch.Tensor, "N C"]:
    """Σ m^power (U - p)^2 / (Σ m + 1e-5)."""
    squared = mask[:, None] ** power * (maps - prototype[..., None, None]) ** 2
    return squared.sum(dim=(2, 3)) / (mask.sum(dim=(1, 2))[:, None] + EPSILON)
