"""Rates measured on the spot, where no earlier result tells them: a few pictures through the networks themselves.

What is measured is the processor's time and not the clock's, so that other programs that compute meanwhile do not make
a run look longer than it is; on a GPU it is the clock's.
"""

import importlib
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from seedmask.config.variant import Variant
from seedmask.dataset.images import load_image
from seedmask.errors import SeedmaskError
from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.work import Remaining, crop_pixels, samples, views
from seedmask.runs.gpus import gpus

BATCH = 2
"""Pictures in a measured training step; larger batches take as long for each picture."""
SECONDS = 20.0
"""What all measuring may take of the processor, but for the one that is under way."""
PARALLEL = 0.6
"""Share of the processor's time by which threads shorten a training step."""
LABELS = 3
"""Labels of a measured CRF: background and two classes."""
READ_TIMES = 3
"""A picture that is read, resized, cut and coloured takes so many times as long as one that is read."""
LIGHT = 2e-7
"""Seconds for a pixel of arithmetic without network or CRF: that of thresholds and weak labels, measured once."""


@dataclass
class Calibration:
    """Measures each thing once, and stops when its time is over.

    Args:
        patient: the run.
    """

    patient: Diagnosis
    seconds_left: float = SECONDS
    bytes_of: dict[str, float] = field(default_factory=dict)
    """Bytes of the weights of each training that was measured."""
    _measured: dict[tuple, float] = field(default_factory=dict)

    def seconds(self, work: Remaining) -> float | None:
        """Seconds of all the jobs of a variant; None where they cannot be told in the time that there is."""
        options, patient = work.options, self.patient
        if hasattr(options, "epochs"):
            return self._training(work.reference, options, work.images)
        total = work.images * patient.pixels * LIGHT + work.jobs * (self._once(("start",), _start_up) or 0)
        if "crf" in options.extras():
            crf = self._once(("crf",), lambda: _crf(patient))
            if crf is None:
                return None
            total += work.images * patient.pixels * crf
        if options.gpu and (network := self._network_of(options)):
            forward = self._once(("forward", network), lambda: self._forward(network))
            if forward is None:
                return None
            total += work.images * patient.pixels * views(options) * forward
        return total

    def _network_of(self, options: Variant) -> str | None:
        """The network that a variant asks, at one or two removes."""
        sources = [name for name in options.references() if name in self.patient.plan.variants]
        return next((name for name in sources if hasattr(self.patient.plan.variants[name], "encoder")), None)

    def _training(self, reference: str, options: Variant, images: int) -> float | None:
        start = self._once(("start",), _start_up)
        if getattr(options, "frozen_stages", 0) == "all":
            forward = self._once(("forward", reference), lambda: self._forward(reference))
            return None if forward is None or start is None else start + 2 * images * self.patient.pixels * forward
        kind = (
            type(options),
            options.encoder,
            str(getattr(options, "arch", "")),
            crop_pixels(options),
            options.threads,
        )
        each = self._once(("step", *kind), lambda: self._step(reference))
        return None if each is None or start is None else start + samples(options, images) * each

    def _once(self, key: tuple, measure: Callable[[], float]) -> float | None:
        """A measured number; None where the time is over or it cannot be measured."""
        if key not in self._measured:
            if self.seconds_left <= 0:
                return None
            started = time.process_time()
            try:
                self._measured[key] = measure()
            except (SeedmaskError, ImportError, RuntimeError, ValueError, AttributeError, TypeError):
                return None
            finally:
                self.seconds_left -= time.process_time() - started
        return self._measured[key]

    def prepare(self) -> None:
        """Import what networks are made of, which takes longer than to measure them."""
        for _, options in self.patient.trainings():
            importlib.import_module(options.network())

    def _build(self, reference: str):
        """A network with random weights, as fast as with its own."""
        import torch

        options, plan = self.patient.plan.variants[reference], self.patient.plan
        torch.set_num_threads(1)  # threads that wait for each other would count as work
        classes = len(plan.listing.classes)
        module = importlib.import_module(options.network())
        if hasattr(options, "arch"):
            network = module.build(options.arch, options, classes + 1, first_weights=False)
        else:
            network = module.build(options, classes, first_weights=False)
        self.bytes_of[reference] = float(sum(t.numel() * t.element_size() for t in network.state_dict().values()))
        return network.to("cuda" if gpus() else "cpu"), options

    def _forward(self, reference: str) -> float:
        """Seconds for a pixel that a network is shown; one thread, as in jobs of shards."""
        import torch

        network, _ = self._build(reference)
        picture = torch.from_numpy(_picture(self.patient)).permute(2, 0, 1)[None].float().div(255)
        shown = network.eval().encoder if hasattr(network, "encoder") else network.eval()
        with torch.no_grad():
            taken = _timed(lambda: shown(picture.to(next(network.parameters()).device)), 2)
        return taken / (picture.shape[-1] * picture.shape[-2])

    def _step(self, reference: str) -> float:
        """Seconds for a picture in a training step, with the reading of the picture."""
        import torch

        network, options = self._build(reference)
        device = next(network.parameters()).device
        side = round(crop_pixels(options) ** 0.5)
        batch = torch.rand(BATCH, 3, side, side, device=device)
        network.train()

        def step() -> None:
            answer = network.logits(batch) if hasattr(network, "logits") else network(batch)
            while isinstance(answer, tuple | list):
                answer = answer[0]
            answer.float().mean().backward()

        read = _timed(lambda: _picture(self.patient), 2)
        taken = _timed(step, 2) / BATCH
        threads = min(options.threads, self.patient.cores)
        return (taken if gpus() else taken / (1 + (threads - 1) * PARALLEL)) + READ_TIMES * read


def _picture(patient: Diagnosis) -> np.ndarray:
    entries = patient.plan.listing.entries
    return load_image(entries[len(entries) // 2].image)


def _timed(work: Callable[[], object], times: int) -> float:
    """Seconds of a piece of work, after a first time that prepares it."""
    work()
    clock = time.perf_counter if gpus() else time.process_time
    started = clock()
    for _ in range(times):
        work()
    if gpus():
        import torch

        torch.cuda.synchronize()
    return (clock() - started) / times


def _start_up() -> float:
    """Seconds until a job has imported what it needs."""
    before = _of_children()
    subprocess.run([sys.executable, "-c", "import seedmask.networks.encoders, zarr"], check=False, capture_output=True)
    return _of_children() - before


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _crf(patient: Diagnosis) -> float:
    """Seconds of a CRF for a pixel."""
    from seedmask.methods.crf import dense_crf
    from seedmask.methods.crf_settings import LABEL_CRF

    picture = _picture(patient)
    planes = np.random.default_rng(0).random((LABELS, *picture.shape[:2]), np.float32)
    started = time.process_time()
    dense_crf(picture, planes / planes.sum(axis=0), LABEL_CRF)
    return (time.process_time() - started) / planes[0].size
