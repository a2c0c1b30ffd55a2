"""The job contract of a training: a checkpoint after each epoch, from which it continues bit-equal.

A training's folder holds `checkpoint.pt` while it runs, and `weights.safetensors`, `metrics.jsonl` and `manifest.json`
when it is done. A checkpoint made from other settings, code or inputs is discarded, and said so.
"""

import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save

from seedmask.errors import SeedmaskError
from seedmask.events import Kept, note, report
from seedmask.fingerprint import digest
from seedmask.job import Job, log, manifest_path
from seedmask.storage.changes import log_changes, store_definitions
from seedmask.storage.files import write_atomic, writing_below
from seedmask.storage.lock import only_writer
from seedmask.storage.manifest import METRICS, Manifest, write_metrics
from seedmask.storage.processes import broadcast_bool, is_first

Weights = Mapping[str, torch.Tensor]

CHECKPOINT = "checkpoint.pt"
DIGEST_BYTES = hashlib.sha256().digest_size


def weights_digest(weights: Weights) -> str:
    """SHA-256 over names, types, shapes and numbers."""
    sha = hashlib.sha256()
    for name, tensor in sorted(weights.items()):
        sha.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}\0".encode())
        sha.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return sha.hexdigest()


class Training:
    """The files of one training; made by `only_training`."""

    def __init__(self, job: Job, fingerprint: str, inputs: Mapping[str, str]):
        self.made_by = job.made_by or job.name
        self._job = job
        self._fingerprint = fingerprint
        self._inputs = inputs
        self._checkpoint = job.folder / CHECKPOINT

    def resume(self) -> dict[str, Any] | None:
        """State of the last checkpoint, if it has the fingerprint of this job."""
        if not self._checkpoint.exists():
            return None
        state = _read_checkpoint(self._checkpoint)
        if state is None:
            log.warning("the checkpoint is damaged: starting again")
            return None
        if state.get("fingerprint") != self._fingerprint:
            note("the checkpoint was made with other settings, code or inputs: starting again")
            return None
        return state

    def save(self, state: Mapping[str, Any]) -> None:
        """Replace the checkpoint atomically, its SHA-256 at its end; of several processes the first one does."""
        if not is_first():
            return
        buffer = io.BytesIO()
        torch.save({**state, "fingerprint": self._fingerprint}, buffer)
        data = buffer.getvalue()
        write_atomic(self._checkpoint, data + hashlib.sha256(data).digest())

    def finish(self, weights: Weights, metrics: Sequence[Mapping[str, Any]], facts: Mapping[str, Any]) -> None:
        """Write weights and metrics, then the manifest, then drop the checkpoint; of several processes the first one.

        Args:
            weights: tensors of the network.
            metrics: one mapping an epoch.
            facts: what a reader needs besides the settings to build the network.
        """
        if not is_first():
            return
        job = self._job
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in weights.items()}
        write_atomic(job.folder / "weights.safetensors", save(tensors))
        write_metrics(job.folder, metrics)
        manifest = Manifest(
            stage=job.stage,
            variant=job.variant,
            recipe=job.recipe,
            fingerprint=self._fingerprint,
            settings=job.settings,
            basis=job.basis,
            inputs=dict(self._inputs),
            device=job.device,
            facts={**facts, METRICS: [dict(epoch) for epoch in metrics]},
            pixel_labels=job.pixel_labels,
            made_elsewhere=job.made_elsewhere,
            digest=weights_digest(tensors),
        )
        manifest.write(_sealed(job))
        manifest.write(manifest_path(job.results, job.stage, job.variant, None))
        self._checkpoint.unlink(missing_ok=True)


def checkpoint_is_whole(folder: Path) -> bool:
    """Whether there is no checkpoint in a training's folder, or an undamaged one."""
    path = folder / CHECKPOINT
    return not path.exists() or _read_checkpoint(path) is not None


def _read_checkpoint(path: Path) -> dict[str, Any] | None:
    """A checkpoint that fits its digest; None if it is damaged, or holds more than tensors and plain values."""
    data = path.read_bytes()
    state, sha256 = data[:-DIGEST_BYTES], data[-DIGEST_BYTES:]
    if hashlib.sha256(state).digest() != sha256:  # torch itself would not notice
        return None
    try:
        found = torch.load(io.BytesIO(state), map_location="cpu", weights_only=True)
    except Exception:  # noqa: BLE001  torch has no one type for what it refuses
        return None
    return found if isinstance(found, dict) else None


def _sealed(job: Job) -> Path:
    """A second copy of the manifest; Snakemake deletes the declared one before it runs a job again."""
    return job.folder / "sealed.json"


@contextmanager
def only_training(job: Job, inputs: Mapping[str, Any]) -> Iterator[Training | None]:
    """Hold the lock of a training; of several processes the first one holds it for all.

    Args:
        job: the job.
        inputs: digests of all that the result depends on besides the job.

    Yields:
        the training's files, or None where the very same training is finished already.

    Raises:
        SeedmaskError: the disk is full or read-only.
    """
    fingerprint = digest([job.recipe, dict(inputs)])
    kinds = {name: digest(value) for name, value in inputs.items()}
    if not is_first():
        yield None if broadcast_bool(False) else Training(job, fingerprint, kinds)
        return
    declared = manifest_path(job.results, job.stage, job.variant, None)
    with writing_below(job.folder, "finished epochs"), only_writer(job.folder / "lock", job.name):
        manifest = _still_good(job, fingerprint, kinds)
        broadcast_bool(manifest is not None)
        if manifest is not None:
            report(Kept(), "already trained from the same inputs: kept")
            write_metrics(job.folder, manifest.facts[METRICS])
            manifest.write(declared)
            yield None
            return
        declared.unlink(missing_ok=True)
        _sealed(job).unlink(missing_ok=True)
        store_definitions(job)
        yield Training(job, fingerprint, kinds)


def _still_good(job: Job, fingerprint: str, inputs: Mapping[str, str]) -> Manifest | None:
    """The manifest of an earlier run, if the fingerprint is the same and the weights are undamaged."""
    if not _sealed(job).exists():
        return None
    try:
        manifest = Manifest.read(_sealed(job))
        if manifest.fingerprint != fingerprint:
            log_changes(manifest, job, inputs)
            return None
        load_weights(job.results, f"{job.stage}/{job.variant}", manifest)
    except SeedmaskError as error:
        note("%s; it is trained again", error)
        return None
    return manifest


def load_weights(results: Path, reference: str, manifest: Manifest) -> dict[str, torch.Tensor]:
    """Weights of a training, checked against its manifest.

    Raises:
        SeedmaskError: they are missing, damaged or of another run.
    """
    path = results / reference / "weights.safetensors"
    remedy = f"delete {results / reference / 'manifest.json'} and run snakemake"
    try:
        weights = load_file(path)
    except Exception as error:  # safetensors has no one type for a damaged file
        raise SeedmaskError(f"{path}: cannot be read ({error}); {remedy}") from error
    if weights_digest(weights) != manifest.digest:
        raise SeedmaskError(f"{path}: is not what {reference}'s manifest says; {remedy}")
    return weights
