"""AGMM, "Sparsely Annotated Semantic Segmentation with Adaptive Gaussian Mixtures" (Wu et al., CVPR 2023): parts.

`online_em`, `mixture_labels` and `maximisation_loss` are ours; see there.
"""

from seedmask.methods.mixture import class_centres, gaussian_scores
from seedmask.methods.mixture_loss import AGMMLoss, agmm_loss
from seedmask.methods.online_em import maximisation_loss, mixture_labels, online_em

__all__ = [
    "AGMMLoss",
    "agmm_loss",
    "class_centres",
    "gaussian_scores",
    "maximisation_loss",
    "mixture_labels",
    "online_em",
]
