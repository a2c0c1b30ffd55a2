"""Time and memory of the mixture's terms, forward and backward, against their plain rendering, both in one run.

The plain form enlarges the features to the labels and picks each class's pixels out of them; it makes the distances of
all classes, shown or not, as a (B, K, C, h, w) tensor; and it goes through the pairs of classes one by one.

Run: python benchmarks/mixture.py [rounds]   (3 by default; the best of each side counts)
"""

import resource
import subprocess
import sys
import time
from functools import partial

import torch
from kit.sides import alternate
from torch.nn.functional import interpolate

from seedmask.methods.mixture import EPSILON, VOID
from seedmask.methods.mixture_loss import mixture_terms

BATCH, CHANNELS, PLACES, SIDE = 2, 256, 64, 256
"""Pictures, channels of the decoder, places along a side of its map, and pixels along a side of the labels."""
CASES = {
    "4 of 21 classes, 20 pixels each": (21, 4, 20),
    "21 of 21 classes, 20 pixels each": (21, 21, 20),
    "21 of 21 classes, every pixel": (21, 21, None),
    "4 of 150 classes, 20 pixels each": (150, 4, 20),
}
COUNTS = (5, 21, 50, 150)
"""Numbers of classes, 4 of which are shown, that must take the same time."""
THREADS = 2


def main(rounds: int) -> None:
    """Print seconds, peak memory, their ratios and the largest difference of a term or gradient, case by case."""
    base = _run("nothing", next(iter(CASES)), 1)[1]
    for case in CASES:
        (ours, ours_memory, *values), (plain, plain_memory, *others) = (
            _run(side, case, rounds) for side in ("ours", "plain")
        )
        ours_memory, plain_memory = ours_memory - base, plain_memory - base
        largest = max(abs(a - b) / max(abs(b), 1e-6) for a, b in zip(values, others, strict=True))
        sys.stdout.write(
            f"{case}: {ours:.3f} s and {ours_memory:.0f} MB, plain {plain:.2f} s and {plain_memory:.0f} MB: "
            f"{plain / ours:.0f} times as fast, 1/{plain_memory / ours_memory:.1f} of the memory; "
            f"largest relative difference {largest:.0e}\n"
        )
    sys.stdout.write(_run_text("classes", "", 5 * rounds))


def _run(side: str, case: str, rounds: int) -> list[float]:
    return [float(number) for number in _run_text(side, case, rounds).split()]


def _run_text(side: str, case: str, rounds: int) -> str:
    command = [sys.executable, __file__, side, case, str(rounds)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def one_side(side: str, case: str, rounds: int) -> None:
    """Print the best seconds, peak memory in MB, the terms and some gradients of one side."""
    features, probabilities, labels, image_labels = _batch(*CASES[case])
    if side == "nothing":  # inputs and their gradients, which every side has
        ((features * 2).sum() + (probabilities * 2).sum()).backward()
        sys.stdout.write(f"0 {_peak()}\n")
        return
    best, terms = float("inf"), ()
    for _ in range(rounds):
        features.grad = probabilities.grad = None
        started = time.perf_counter()
        if side == "ours":
            terms = mixture_terms(features, probabilities, labels, image_labels)
        else:
            terms = plain_terms(features, probabilities, labels)
        sum(terms).backward()
        best = min(best, time.perf_counter() - started)
    values = [float(term) for term in terms]
    values += (features.grad.flatten()[::40_001] * 1e6).tolist()
    sys.stdout.write(" ".join(map(str, [best, _peak(), *values])) + "\n")


def by_number_of_classes(rounds: int) -> None:
    """Print how the time of ours depends on the number of classes, with and without the gradient of P.

    That gradient has a map for each class, shown or not, whatever the loss.
    """
    batches = {count: _batch(count, 4, 20) for count in COUNTS}
    for what, learns in (("terms and gradient of the features", False), ("with the gradient of P", True)):
        sides = {str(count): partial(_step, *batch, learns=learns) for count, batch in batches.items()}
        times = {count: min(seconds) for count, seconds in alternate(sides, rounds).items()}
        shown = ", ".join(f"{count}: {1000 * seconds:.1f} ms" for count, seconds in times.items())
        ratio = max(times.values()) / min(times.values())
        sys.stdout.write(f"4 classes of several, {what}: {shown}; slowest to fastest {ratio:.2f}\n")


def _step(
    features: torch.Tensor,
    probabilities: torch.Tensor,
    labels: torch.Tensor,
    image_labels: torch.Tensor,
    *,
    learns: bool,
) -> None:
    features.grad = probabilities.grad = None
    seen = probabilities if learns else probabilities.detach()
    sum(mixture_terms(features, seen, labels, image_labels)).backward()


def _batch(classes: int, shown: int, pixels: int | None) -> tuple[torch.Tensor, ...]:
    """Features, probabilities, labels, and the classes of each picture."""
    generator = torch.Generator().manual_seed(0)
    features = torch.rand(BATCH, CHANNELS, PLACES, PLACES, generator=generator).requires_grad_()
    probabilities = torch.randn(BATCH, classes, SIDE, SIDE, generator=generator).softmax(dim=1).requires_grad_()
    return features, probabilities, _labels(classes, shown, pixels, generator), torch.ones(BATCH, classes)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _labels(classes: int, shown: int, pixels: int | None, generator: torch.Generator) -> torch.Tensor:
    """Labels of the first classes, a number of pixels of each or all of them."""
    if pixels is None:
        return torch.randint(shown, (BATCH, SIDE, SIDE), generator=generator)
    labels = torch.full((BATCH, SIDE * SIDE), classes)
    for picture in labels:
        places = torch.randperm(SIDE * SIDE, generator=generator)[: shown * pixels]
        picture[places] = torch.arange(shown).repeat_interleave(pixels)
    return labels.view(BATCH, SIDE, SIDE)


def plain_terms(features: torch.Tensor, probabilities: torch.Tensor, labels: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """The formulas as they are written on paper: separation, consistency, fit."""
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
    difference = (features[:, None] - mu[..., None, None]).abs()
    distances = difference.mean(dim=2) * inside * shown[..., None, None]
    scores = interpolate((-(distances**2)).exp(), size, mode="bilinear", align_corners=False)
    scores = scores * shown[..., None, None]
    wanted = torch.nn.functional.one_hot(labels.clamp_max(count), count + 1)[..., :count].permute(0, 3, 1, 2).float()
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
    return sum(pairs) / (len(pairs) + EPSILON), consistency, fit


def _per_class(q: torch.Tensor, t: torch.Tensor, shown: torch.Tensor) -> torch.Tensor:
    cost = -(t * (q + EPSILON).log() + (1 - t) * (1 - q + EPSILON).log()) / 2
    weights = shown / (shown.sum(dim=1, keepdim=True) + EPSILON)
    return (cost * weights[..., None, None]).sum(dim=1)


if __name__ == "__main__":
    torch.set_num_threads(THREADS)
    if sys.argv[1:2] == ["classes"]:
        by_number_of_classes(int(sys.argv[3]))
    elif sys.argv[1:2] and not sys.argv[1].isdigit():
        one_side(sys.argv[1], sys.argv[2], int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else 3)
