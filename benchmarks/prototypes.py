"""Memory of SFC's prototype maps and affinity in training, against their plain rendering, each in its own process.

The plain form makes the product of seeds and features, and the broadcast cosine, as (N, K, D, h, w) tensors.

Run: python benchmarks/prototypes.py [batch]   (20 pictures of 512 x 512 by default)
"""

import resource
import subprocess
import sys
import time

import torch

from seedmask.methods.normalise import EPSILON
from seedmask.methods.prototypes import prototype_cam, refine_by_affinity

CLASSES, FEATURES, PLACES = 20, 768, 32
"""VOC's classes, channels of the hierarchy, and places along a side of a 512 x 512 picture at stride 16."""


def main(batch: int) -> None:
    """Print peak memory, seconds, their ratios and the largest difference."""
    found = {}
    for side in ("nothing", "ours", "plain"):
        command = [sys.executable, __file__, side, str(batch)]
        line = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        found[side] = [float(number) for number in line]
    base = found["nothing"][1]
    (ours, ours_memory, *values), (plain, plain_memory, *others) = found["ours"], found["plain"]
    ours_memory, plain_memory = ours_memory - base, plain_memory - base
    largest = max(abs(a - b) for a, b in zip(values, others, strict=True))
    lines = [
        f"{batch} pictures of 512 x 512: {CLASSES + 1} maps, {FEATURES} features, {PLACES} x {PLACES} places",
        f"memory beside inputs, Python and torch: ours {ours_memory:.0f} MB, plain {plain_memory:.0f} MB, "
        f"1/{plain_memory / ours_memory:.0f}",
        f"seconds: ours {ours:.2f}, plain {plain:.2f}, {plain / ours:.1f} times as fast",
        f"largest difference of a gradient at a hundred places: {largest:.1e}",
    ]
    sys.stdout.write("\n".join(lines) + "\n")


def one_side(side: str, batch: int) -> None:
    """Print seconds, peak memory in MB and some gradients of one side."""
    generator = torch.Generator().manual_seed(0)
    features = torch.rand(batch, FEATURES, PLACES, PLACES, generator=generator).requires_grad_()
    cam = torch.rand(batch, CLASSES + 1, PLACES, PLACES, generator=generator)
    valid = torch.ones(batch, CLASSES + 1, 1, 1)
    started = time.perf_counter()
    if side != "nothing":
        prototypes, spread = (prototype_cam, refine_by_affinity) if side == "ours" else (plain_cam, plain_affinity)
        maps = spread(cam, features)
        (prototypes(features, maps, valid)[0].square().sum() + maps.square().sum()).backward()
    seconds = time.perf_counter() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    gradient = (features if features.grad is None else features.grad).detach().flatten()
    values = gradient[:: gradient.numel() // 100].tolist()
    sys.stdout.write(" ".join(map(str, [seconds, memory, *values])) + "\n")


def plain_cam(
    features: torch.Tensor, cam: torch.Tensor, valid: torch.Tensor, factor: float = 0.3
) -> tuple[torch.Tensor, torch.Tensor]:
    """Seeds times features, and the cosine with each prototype, as they are written on paper."""
    damped = torch.cat([factor * cam[:, :1], cam[:, 1:]], dim=1)
    seeds = (damped == damped.amax(dim=1, keepdim=True)).float() * valid
    products = seeds[:, :, None] * features[:, None]
    prototypes = products.mean(dim=(3, 4), keepdim=True)
    cosine = torch.nn.functional.cosine_similarity(features[:, None], prototypes, dim=2, eps=1e-8)
    return cosine.relu(), seeds


def plain_affinity(cam: torch.Tensor, features: torch.Tensor, steps: int = 2) -> torch.Tensor:
    """The affinity as it is written on paper; the authors too have a matrix of all pairs of places."""
    q = (features / (features.norm(dim=1, keepdim=True) + EPSILON)).flatten(2)
    affinity = torch.relu(torch.einsum("ndi,ndj->nij", q, q))
    affinity = affinity / (affinity.sum(dim=1, keepdim=True) + EPSILON)
    maps = cam.flatten(2)
    for _ in range(steps):
        maps = maps @ affinity
    return maps.view(cam.shape)


if __name__ == "__main__":
    if sys.argv[1:2] and not sys.argv[1].isdigit():
        one_side(sys.argv[1], int(sys.argv[2]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 20)
