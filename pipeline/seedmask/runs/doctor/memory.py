"""Memory of a run: what the largest job of each variant holds, and how many run at once.

The numbers of bytes are those of jobs on the CPU, which `benchmarks/studies/doctor_memory.py` measures. On a GPU the
networks' part lies in its memory.
"""

from dataclasses import dataclass

from seedmask.config.networks import ClassifierOptions
from seedmask.config.stages import STAGES, is_sharded
from seedmask.config.variant import Variant
from seedmask.config.views import ViewOptions
from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.work import Training, crop_pixels, is_frozen
from seedmask.saliency.network.options import NetworkOptions

Count = int | float
"""Of bytes or pixels."""
RUN, START, NETWORK = 150 << 20, 120 << 20, 280 << 20
"""Snakemake with the plan; a job that has imported what reads pictures; torch and a network beside that."""
ENCODED, SEGMENTED, LEARNED = 330, 600, 2500
"""For each pixel that a network is shown at once: an encoder, one with a decoder, and either in a training step."""
WEIGHTS = 160 << 20
"""Weights of a network that is trained, their gradients, and what the optimiser keeps; of 10 million numbers."""
CRF, CRF_LABEL = 250, 20
"""For each pixel of a dense CRF, and for each of its labels."""
U2NETP, U2NET = 520 << 20, 930 << 20
"""onnxruntime with U2-Net-P, and with U2-Net or another network for saliency; their input is of one size."""
MADE = 60
"""For each pixel of a picture that something is made of without a network: the picture, floats of it, the result."""
PREDICTED = 100
"""For each pixel of a picture that is predicted, beside the window that is shown."""
DECODED = 12
"""For each pixel of a picture, and its mask, while `index` reads them."""
STORED = {"cams": 2, "masks": 4, "labels": 2, "heat": 2}
"""For each pixel, and class of CAMs, of all pictures of a shard: arrays as they are kept, and as they are written."""


@dataclass(frozen=True)
class Expected:
    """Memory that a run is expected to take.

    Args:
        jobs: bytes of the largest job of each variant, and of `index`.
        at_once: how many of them run at once.
        cores: cores that jobs share.
        threads: cores that a job of each takes.
    """

    jobs: dict[str, Count]
    at_once: dict[str, int]
    cores: int
    threads: dict[str, int]

    @property
    def bytes(self) -> Count:
        """Most bytes at once: jobs of the variant that takes most, and others with a network on the cores left."""
        return RUN + max(map(self._together, self.jobs), default=0)

    @property
    def largest(self) -> str:
        """The variant whose jobs take most, or `index`."""
        return max(self.jobs, key=self._together)

    def of_stage(self, stage: str) -> Count:
        """Bytes of the largest job of a stage."""
        return max((held for name, held in self.jobs.items() if name.split("/")[0] == stage), default=0)

    def _together(self, name: str) -> Count:
        others = self.cores - self.at_once[name] * self.threads[name] if name != "index" else 0
        return self.at_once[name] * self.jobs[name] + max(others, 0) * (START + NETWORK)


def expected_memory(diagnosis: Diagnosis) -> Expected:
    """What the jobs of a run hold, whether they are made already or not."""
    plan, cores = diagnosis.plan, diagnosis.cores
    shards = len(plan.shards())
    jobs, at_once = {"index": START + _decoded(diagnosis)}, {"index": max(1, min(cores, shards))}
    threads = {"index": 1}
    for name, options in plan.variants.items():
        jobs[name], threads[name] = _job(name, options, diagnosis), min(plan.threads(name), cores)
        at_once[name] = max(1, min(cores // threads[name], len(plan.shards(name)))) if is_sharded(name) else 1
    return Expected(jobs, at_once, cores, threads)


def _decoded(diagnosis: Diagnosis) -> Count:
    """Bytes of the pictures that a job of the index reads at once: one a thread, and of large ones one alone."""
    most = max((width * height for width, height in diagnosis.pictures), default=0)
    reading = diagnosis.plan.config.dataset
    large = reading.working_side is not None or reading.tiles is not None
    return most * DECODED * (1 if large else min(diagnosis.cores + 4, reading.shard_size))


def _job(name: str, options: Variant, diagnosis: Diagnosis) -> Count:
    width, height = (max(sides) for sides in zip(*diagnosis.sizes, strict=True)) if diagnosis.sizes else (0, 0)
    pixels, labels = width * height, diagnosis.plan.labels.channels
    if not is_sharded(name):
        return START + NETWORK + WEIGHTS + (_training(options, pixels) if isinstance(options, Training) else 0)
    slots = max((len(entry.tags or ()) for entry in diagnosis.plan.listing.entries), default=1)
    stage = STAGES[name.split("/")[0]]
    rows = min(diagnosis.plan.config.dataset.shard_size, len(diagnosis.plan.listing.entries))
    stored = rows * pixels * STORED[stage.holds] * (slots if stage.holds == "cams" else 1)
    held = START + stored + MADE * pixels
    if "crf" in options.extras():
        held += pixels * (CRF + CRF_LABEL * (slots + 1))
    if isinstance(options, NetworkOptions):
        held += U2NETP if options.model == "u2netp" else U2NET
    if options.gpu:
        held += NETWORK + (SEGMENTED if isinstance(options, ViewOptions) else ENCODED) * _shown(options, pixels)
    if isinstance(options, ViewOptions):
        held += pixels * PREDICTED + pixels * 4 * min(labels, 8)
    return held


def _training(options: Training, pixels: Count) -> Count:
    """Bytes of the pixels of a step; frozen layers see each picture once, with its mirror image."""
    whole = 2 * ENCODED * pixels if isinstance(options, ClassifierOptions) else 0  # tags are scored on whole pictures
    step = options.batch_size * crop_pixels(options)
    return max(whole, 0 if is_frozen(options) else LEARNED * step)


def _shown(options: Variant, pixels: Count) -> Count:
    """Pixels of the largest view with its mirror image, or of a window where there is one."""
    fields = dict(options)
    scale, flip, window = max(fields.get("scales", (1.0,))), fields.get("flip", False), fields.get("window")
    view = pixels * scale**2
    return (min(view, window**2) if window else view) * (1 + bool(flip))
