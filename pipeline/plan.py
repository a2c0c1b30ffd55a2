"""From a configuration to jobs: which shards a variant has, what each job reads, and what it depends on.

Used while the Snakefile is parsed, so nothing heavy is imported.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.config.base import TRUTH, Settings
from pipeline.config.graph import Config, load
from pipeline.config.masks import LabelFreeThreshold, OracleThreshold
from pipeline.data.formats import Listing, list_pictures
from pipeline.errors import SeedmaskError
from pipeline.fingerprint import code_of, digest
from pipeline.job import Job, manifest_path

RESULTS = Path("results")
SHARDED = ("seeds", "masks", "predictions")
"""Stages whose work is cut into shards."""
SCORED = SHARDED
"""Stages whose results are compared with truth."""


class Plan:
    """The jobs of a configuration.

    Args:
        config: the checked configuration.
    """

    def __init__(self, config: Config):
        self.config = config
        self.results = RESULTS / config.dataset.name
        self._basis: dict[str, dict[str, str]] = {}

    @classmethod
    def of(cls, values: Mapping[str, Any], files: Sequence[str | Path]) -> "Plan":
        """Check what Snakemake has read and plan it; files later in the list have precedence."""
        return cls(load(values, [Path(file) for file in files]))

    def check(self) -> None:
        """Find what is wrong with the data set's place and with the splits that variants name.

        Raises:
            SeedmaskError: the folder does not exist, or a split has no pictures.
        """
        for reference, _ in self.config.variants():
            if reference.split("/")[0] in SHARDED:
                self.splits(reference)

    @cached_property
    def listing(self) -> Listing:
        """The pictures, as their text files and folders name them."""
        return list_pictures(self.config.dataset)

    def splits(self, reference: str) -> tuple[str, ...]:
        """Splits that a sharded variant covers: its own choice, or that of the variant it is made from."""
        settings = self.config.variant(reference)
        known = tuple(dict.fromkeys(entry.split for entry in self.listing.entries))
        if not hasattr(settings, "splits"):
            return self.splits(next(iter(settings.references())))
        for split in settings.splits or ():
            if known and split not in known:
                raise SeedmaskError(f"{reference}: split {split!r} has no pictures; there are {', '.join(known)}")
        return settings.splits or known

    def shards(self, reference: str | None = None) -> list[str]:
        """Numbers of a variant's shards, or of all shards of the index."""
        size = self.config.dataset.shard_size
        wanted = self.splits(reference) if reference else None
        rows = [row for row, e in enumerate(self.listing.entries) if wanted is None or e.split in wanted]
        return [f"{shard:04d}" for shard in sorted({row // size for row in rows})]

    def manifest(self, reference: str, shard: str | None = None) -> str:
        """Declared output of a job."""
        return str(manifest_path(self.results, *reference.split("/"), shard))

    def manifests(self, reference: str) -> list[str]:
        """All manifests of a variant."""
        if reference.split("/")[0] in SHARDED:
            return [self.manifest(reference, shard) for shard in self.shards(reference)]
        return [self.manifest(reference)]

    def index(self, shard: str | None = None) -> list[str]:
        """Index manifests: of one shard, or of all."""
        return [str(self.results / "index" / "manifests" / f"{s}.json") for s in ([shard] if shard else self.shards())]

    def inputs(self, reference: str, shard: str | None = None) -> list[str]:
        """Files that a job waits for. Shard k waits for shard k; only whole-set fits wait for all."""
        needed = self.index(shard)
        settings = self.config.variant(reference)
        for target in settings.references():
            same_shard = shard is not None and target.split("/")[0] in SHARDED
            needed += [self.manifest(target, shard)] if same_shard else self.manifests(target)
        if self.has_fitted_threshold(reference):
            needed.append(self.threshold(reference))
        if getattr(settings, "source", None) == TRUTH:
            needed.append(self.truth)
        return needed

    @property
    def truth(self) -> str:
        """File that changes with the truth masks."""
        return str(self.results / "index" / "truth.json")

    def uses_gpu(self, reference: str) -> bool:
        """Whether a GPU is of use to a variant's jobs."""
        stage = reference.split("/")[0]
        if stage == "masks":
            return self.config.variant(reference).method in ("par", "cyclic")
        if stage == "seeds":
            return self.config.variant(reference).method != "rough"
        return stage in ("classifiers", "segmenters", "predictions")

    def threads(self, reference: str) -> int:
        """CPU threads of a variant's jobs, as its settings say."""
        return getattr(self.config.variant(reference), "threads", 1)

    def has_fitted_threshold(self, reference: str) -> bool:
        """Whether a mask variant's background score or exponent is found from all the seeds first."""
        settings = self.config.variant(reference)
        fitted = isinstance(getattr(settings, "threshold", None), LabelFreeThreshold | OracleThreshold)
        return fitted or getattr(settings, "exponent", None) == "label_free"

    def threshold(self, reference: str) -> str:
        """File with a fitted background score."""
        return str(self.results / reference / "threshold.json")

    def threshold_inputs(self, reference: str) -> list[str]:
        """Files that a fit of the background score waits for: all the seeds, and truth where it is asked for."""
        settings = self.config.variant(reference)
        truth = [self.truth] if isinstance(getattr(settings, "threshold", None), OracleThreshold) else []
        return [*self.manifests(settings.source), *truth]

    def scores(self, reference: str) -> str:
        """File with the scores of a variant."""
        return str(self.results / "evaluation" / reference / "scores.json")

    def scored(self) -> list[str]:
        """Variants that are compared with truth."""
        return [reference for reference, _ in self.config.variants() if reference.split("/")[0] in SCORED]

    def recipe(self, reference: str) -> str:
        """Recipe that a variant's manifests must carry."""
        return self._job(*reference.split("/"), self.config.variant(reference)).recipe

    def job(self, reference: str, shard: str | None = None) -> str:
        """The job of a variant as JSON, for a rule's `params`."""
        return self._job(*reference.split("/"), self.config.variant(reference), shard).model_dump_json()

    def index_job(self) -> str:
        """The job that reads every picture; it changes when a file of the data set does."""
        files = [file for entry in self.listing.entries for file in (entry.image, entry.mask) if file]
        stamps = [(str(file), stat.st_size, stat.st_mtime_ns) for file, stat in ((f, f.stat()) for f in files)]
        labels = [(entry.id, entry.split, entry.tags) for entry in self.listing.entries]
        settings = {
            "dataset": self.config.dataset.model_dump(mode="json"),
            "files": digest([stamps, labels, self.listing.classes, list(map(str, self.listing.problems))]),
        }
        return self._make("index", "index", "", settings, ()).model_dump_json()

    def threshold_job(self, reference: str) -> str:
        """The job that finds a mask variant's background score or exponent."""
        settings = self.config.variant(reference)
        values = settings.model_dump(mode="json", include={"threshold", "exponent", "floor", "smoothing"})
        values["splits"] = self.splits(reference)
        return self._make("threshold", *reference.split("/"), values, (settings.source,)).model_dump_json()

    def evaluation_job(self, reference: str) -> str:
        """The job that compares a variant with truth."""
        settings = {
            "of": reference,
            "splits": self.splits(reference),
            "counting": self.config.evaluation.model_dump(mode="json"),
        }
        return self._make("evaluation", "evaluation", reference, settings, (reference,)).model_dump_json()

    def report(self, name: str) -> str:
        """A file of the report; asking for `index.html` runs the whole configuration."""
        return str(self.results / "report" / name)

    def report_inputs(self) -> list[str]:
        """Files that the page waits for: all results, their scores, and the index."""
        references = [reference for reference, _ in self.config.variants()]
        made = [manifest for reference in references for manifest in self.manifests(reference)]
        return [*self.index(), self.truth, *made, *map(self.scores, self.scored())]

    def report_job(self) -> str:
        """The job that draws the page."""
        variants = dict(self.config.variants())
        settings = {
            "pictures": self.config.report.pictures,
            "variants": {reference: self._own(settings) for reference, settings in variants.items()},
            "scored": self.scored(),
            "splits": {reference: self.splits(reference) for reference in self.scored()},
        }
        return self._make("report", "report", "", settings, tuple(variants)).model_dump_json()

    def _job(self, stage: str, variant: str, settings: Settings, shard: str | None = None) -> Job:
        return self._make(stage, stage, variant, self._own(settings), tuple(settings.references()), shard)

    def _make(
        self,
        module: str,
        stage: str,
        variant: str,
        settings: dict[str, Any],
        reads: Sequence[str],
        shard: str | None = None,
    ) -> Job:
        if module not in self._basis:
            self._basis[module] = code_of(module)
        return Job(
            stage=stage,
            variant=variant,
            shard=shard,
            results=self.results,
            settings=settings,
            basis=self._basis[module],
            shard_size=self.config.dataset.shard_size,
            gpu=self.uses_gpu(f"{stage}/{variant}"),
            upstream={reference: self.recipe(reference) for reference in reads},
        )

    @staticmethod
    def _own(settings: Settings) -> dict[str, Any]:
        return settings.model_dump(mode="json", by_alias=True)
