"""Rates measured on the spot where no earlier result has them: a few pictures through the networks themselves.

The processor's time is measured and not the clock's, so that other programs do not make a run look longer than it
is; on a GPU it is the clock's.
"""

import importlib
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from seedmask.config.variant import Variant
from seedmask.dataset.images import load_image
from seedmask.dataset.picture_reading import asked_reading
from seedmask.errors import SeedmaskError
from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.work import Remaining, Training, crop_pixels, is_frozen, samples, views
from seedmask.runs.gpus import gpus
from seedmask.saliency.network.options import NetworkOptions

BATCH = 2
"""Pictures in a measured training step; larger batches take as long for each picture."""
SECONDS = 20.0
"""Processor time of all measurements together; the last one may exceed it."""
PARALLEL = 0.6
"""Share of the processor's time by which threads shorten a training step."""
LABELS = 3
"""Labels of a measured CRF: background and two classes."""
READ_TIMES = 3
"""Reading, resizing, cropping and colouring a picture takes so many times as long as reading it."""
LIGHT = 2e-7
"""Seconds for a pixel of a method without network or CRF, such as thresholds and weak labels; measured once."""


@dataclass
class Calibration:
    """Measures each thing once, and stops when its time is over.

    Args:
        diagnosis: the run.
    """

    diagnosis: Diagnosis
    seconds_left: float = SECONDS
    bytes_of: dict[str, float] = field(default_factory=dict)
    """Bytes of the weights of each training that was measured."""
    _measured: dict[tuple, float] = field(default_factory=dict)

    def seconds(self, work: Remaining) -> float | None:
        """Seconds of all jobs of a variant; None where the time for measuring is over or nothing can be measured."""
        options, diagnosis = work.options, self.diagnosis
        if isinstance(options, Training):
            return self._training(work.reference, options, work.images)
        total = work.images * diagnosis.pixels * LIGHT + work.jobs * (self._once(("start",), _start_up) or 0)
        if "crf" in options.extras():
            crf = self._once(("crf",), lambda: _crf(diagnosis))
            if crf is None:
                return None
            total += work.images * diagnosis.pixels * crf
        if isinstance(options, NetworkOptions):
            salient = self._once(("saliency", options.model), lambda: _salient(options))
            if salient is None:
                return None
            total += work.images * views(options) * salient
        if options.gpu and (network := self._network_of(options)):
            forward = self._once(("forward", network), lambda: self._forward(network))
            if forward is None:
                return None
            total += work.images * diagnosis.pixels * views(options) * forward
        return total

    def _network_of(self, options: Variant) -> str | None:
        """The network that a variant is made with."""
        networks = dict(self.diagnosis.networks())
        return next((name for name in options.references() if name in networks), None)

    def _training(self, reference: str, options: Training, images: int) -> float | None:
        start = self._once(("start",), _start_up)
        if is_frozen(options):
            forward = self._once(("forward", reference), lambda: self._forward(reference))
            return None if forward is None or start is None else start + 2 * images * self.diagnosis.pixels * forward
        arch = str(dict(options).get("arch", ""))
        kind = (type(options), options.encoder, arch, crop_pixels(options), options.threads)
        each = self._once(("step", *kind), lambda: self._step(reference))
        return None if each is None or start is None else start + samples(options, images) * each

    def _once(self, key: tuple, measure: Callable[[], float]) -> float | None:
        """A measured number; None where the time is over or the measurement fails."""
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
        """Import the modules of the networks, which takes longer than to measure them."""
        for _, options in self.diagnosis.networks():
            importlib.import_module(_module(options))

    def _build(self, reference: str) -> Any:
        """A network with random weights, as fast as with its own; the modules of methods have no common type."""
        import torch

        options, plan = self.diagnosis.plan.variants[reference], self.diagnosis.plan
        torch.set_num_threads(1)  # threads that wait for each other would count as work
        arguments = options.network_arguments(len(plan.listing.classes), plan.labels.background)
        network = importlib.import_module(_module(options)).build(*arguments, first_weights=False)
        self.bytes_of[reference] = float(sum(t.numel() * t.element_size() for t in network.state_dict().values()))
        return network.to("cuda" if gpus() else "cpu")

    def _forward(self, reference: str) -> float:
        """Seconds for a pixel that a network is shown; one thread, as in jobs of shards."""
        import torch

        network = self._build(reference)
        picture = torch.from_numpy(_picture(self.diagnosis)).permute(2, 0, 1)[None].float().div(255)
        shown = network.eval().encoder if hasattr(network, "encoder") else network.eval()
        with torch.no_grad():
            taken = _timed(lambda: shown(picture.to(next(network.parameters()).device)), 2)
        return taken / (picture.shape[-1] * picture.shape[-2])

    def _step(self, reference: str) -> float:
        """Seconds for a picture in a training step, with the reading of the picture."""
        import torch

        network, options = self._build(reference), self.diagnosis.plan.variants[reference]
        if not isinstance(options, Training):
            raise TypeError(f"{reference} is not trained")
        device = next(network.parameters()).device
        side = round(crop_pixels(options) ** 0.5)
        batch = torch.rand(BATCH, 3, side, side, device=device)
        network.train()

        def step() -> None:
            output = network.logits(batch) if hasattr(network, "logits") else network(batch)
            while isinstance(output, tuple | list):
                output = output[0]
            output.float().mean().backward()

        read = _timed(lambda: _picture(self.diagnosis), 2)
        taken = _timed(step, 2) / BATCH
        threads = min(options.threads, self.diagnosis.cores)
        return (taken if gpus() else taken / (1 + (threads - 1) * PARALLEL)) + READ_TIMES * read


def _module(options: Variant) -> str:
    """The module that builds the network of a variant which is one."""
    return options.network() or ""


def _picture(diagnosis: Diagnosis) -> np.ndarray:
    entries = diagnosis.plan.listing.entries
    reading = asked_reading(diagnosis.plan.config.dataset)
    if reading.percentiles:  # found by the index alone; any range takes as long
        reading = replace(reading, percentiles=None, limits=(0.0, 1.0))
    return load_image(entries[len(entries) // 2].image, reading)


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


def _salient(options: NetworkOptions) -> float:
    """Seconds of a network for saliency, which takes as long for pictures of any size."""
    from seedmask.methods.saliency import SIDE
    from seedmask.saliency.network.network import load_network, network_file

    network = load_network(network_file(options.model, options.model_sha256)[0], threads=1)
    return _timed(lambda: network(np.zeros((1, 3, SIDE, SIDE), np.float32)), 2)


def _start_up() -> float:
    """Seconds until a job has imported what it needs."""
    before = _of_children()
    subprocess.run([sys.executable, "-c", "import seedmask.networks.encoders, zarr"], check=False, capture_output=True)
    return _of_children() - before


def _of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _crf(diagnosis: Diagnosis) -> float:
    """Seconds of a CRF for a pixel."""
    from seedmask.methods.crf import dense_crf
    from seedmask.methods.crf_settings import LABEL_CRF

    picture = _picture(diagnosis)
    planes = np.random.default_rng(0).random((LABELS, *picture.shape[:2]), np.float32)
    started = time.process_time()
    dense_crf(picture, planes / planes.sum(axis=0), LABEL_CRF)
    return (time.process_time() - started) / planes[0].size
