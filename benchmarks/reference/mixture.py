"""AGMM's loss as it stands on paper: features enlarged to the labels, distances of all classes, pairs one by one."""

import torch
from torch.nn.functional import interpolate, one_hot

EPSILON = 1e-6
VOID = 255


def plain_terms(features: torch.Tensor, probabilities: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Separation, consistency and fit.

    Args:
        features: F, (B, C, h, w).
        probabilities: P, (B, K, H, W).
        labels: (B, H, W), K for unlabelled, 255 for padding.
    """
    batch, count = probabilities.shape[:2]
    size = labels.shape[-2:]
    large = interpolate(features, size, mode="bilinear", align_corners=False)
    centres, shown = [], torch.zeros(batch, count)
    for b in range(batch):
        rows = []
        for k in range(count):
            chosen = labels[b] == k
            if chosen.any():
                shown[b, k] = 1
                rows.append(large[b][:, chosen].sum(dim=1) / (chosen.sum() + EPSILON))
            else:
                rows.append(torch.zeros(features.shape[1]))
        centres.append(torch.stack(rows))
    mu = torch.stack(centres)
    inside = interpolate((labels != VOID).float()[:, None], features.shape[-2:], mode="bilinear", align_corners=False)
    difference = (features[:, None] - mu[..., None, None]).abs()  # (B, K, C, h, w)
    distances = difference.mean(dim=2) * inside * shown[..., None, None]
    scores = interpolate((-(distances**2)).exp(), size, mode="bilinear", align_corners=False)
    scores = scores * shown[..., None, None]
    wanted = one_hot(labels.clamp_max(count), count + 1)[..., :count].permute(0, 3, 1, 2).float()
    valid, labelled = labels != VOID, labels < count
    consistency = _per_class(probabilities, scores, shown)[valid].mean()
    fit = _per_class(scores, wanted, shown)[labelled].mean()
    total, occurs = mu.sum(dim=0), shown.sum(dim=0)
    pairs = [
        (-((total[j] - total[k]).abs().mean() ** 2)).exp()
        for j in range(count)
        for k in range(j + 1, count)
        if occurs[j] and occurs[k]
    ]
    return torch.stack(pairs).sum() / (len(pairs) + EPSILON), consistency, fit


def plain_loss(
    features: torch.Tensor, logits: torch.Tensor, labels: torch.Tensor, image_labels: torch.Tensor
) -> tuple[torch.Tensor, ...]:
    """Partial cross-entropy and the absent classes' term, then those of `plain_terms`."""
    count = logits.shape[1]
    probabilities = logits.softmax(dim=1)
    unknown = torch.where(labels < count, labels, -1)
    partial_ce = torch.nn.functional.cross_entropy(logits, unknown, ignore_index=-1)
    impossible = -(1 - probabilities + EPSILON).log() * (1 - image_labels)[..., None, None]
    absent = impossible.sum(dim=1)[labels != VOID].mean()
    return partial_ce, absent, *plain_terms(features, probabilities, labels)


def _per_class(q: torch.Tensor, t: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
    cost = -(t * (q + EPSILON).log() + (1 - t) * (1 - q + EPSILON).log()) / 2
    weights = shown / (shown.sum(dim=1, keepdim=True) + EPSILON)
    return (cost * weights[..., None, None]).sum(dim=1)
