"""Jobs of the index and of variants: which shards a variant has, what each job reads, and what it depends on."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from seedmask.config.graph import Config
from seedmask.config.protocols import PROTOCOLS, VIEWS
from seedmask.config.registry import package_of
from seedmask.config.replicates import counts, expanded
from seedmask.config.stages import is_sharded, is_trained, stage_of
from seedmask.config.variant import Fit, Variant
from seedmask.dataset.formats import mask_codes
from seedmask.dataset.listing import ListingSource, ShardedListing, current_listing, store_listing
from seedmask.dataset.picture_reading import asked_reading
from seedmask.errors import InputError, SeedmaskError
from seedmask.fingerprint import code_of, digest
from seedmask.job import Job, manifest_path
from seedmask.labels import LabelSet

RESULTS = Path("results")
CLOSED_WORLD = "closed_world"
"""Family of what learned from tags alone, and from ImageNet."""
TRAINED_ON = ("train",)
"""Splits that networks learn from."""
_ANY_SHARD = "?"
"""Placeholder for the number of a shard in what its jobs have in common."""


class Variants:
    """The index and the variants of a configuration, with their jobs.

    Args:
        config: the checked configuration.
        listing: how to obtain the listing of the images and of other files (`seedmask.dataset.listing`).
        root: folder of the results of all data sets.
    """

    def __init__(self, config: Config, listing: ListingSource = current_listing, root: Path = RESULTS):
        self.config, self._listing = config, listing
        self.results = root / config.dataset.name
        self.replicates: Mapping[str, int] = counts(dict(config.variants()))
        """How often each variant of the configuration is made."""
        self.variants: Mapping[str, Variant] = expanded(dict(config.variants()))
        """Every variant that is made, replicates one by one, in the order of the stages."""
        self._code = cache(code_of)
        self._recipes: dict[str, str] = {}
        # What shards of a variant have in common is computed once, since there may be thousands of them.
        self._any_shard = cache(lambda reference: self._job(reference, _ANY_SHARD).model_dump_json())
        self._sources = cache(self._sources_of)

    def check(self) -> None:
        """Check the data set's folder, files that variants name, their splits, and that there are tags to learn from.

        Raises:
            SeedmaskError: a folder or file does not exist, a split has no pictures, a variant covers a split that
                something it reads does not, no picture that a variant learns tags from shows a class, or a named
                protocol is about other classes.
        """
        for reference, settings in self.variants.items():
            for name in settings.files():
                if not Path(name).exists():
                    raise SeedmaskError(f"{reference}: {name!r} does not exist; name a file or folder that does")
            needed = self.splits(reference) if is_sharded(reference) else TRAINED_ON
            for source in filter(is_sharded, settings.references()):
                missing = [split for split in needed if split not in self.splits(source)]
                if missing:
                    raise SeedmaskError(
                        f"{reference}: {source} does not cover split {missing[0]!r}; add it to the splits of {source}"
                    )
            if not self.listing.problems:  # tags that could not be read are among them
                self._check_tags(reference)
        if not self.listing.problems:
            self._check_protocols()

    def _check_protocols(self) -> None:
        """Check that the data set has the classes of the protocols that its evaluation names."""
        for name in self.config.evaluation.protocols():
            if refusal := PROTOCOLS[name].refusal(len(self.labels.classes), self.labels.background):
                raise SeedmaskError(f"evaluation: protocol {name}: {refusal}")

    def _check_tags(self, reference: str) -> None:
        """Check that a variant which is made by tags has pictures that show a class."""
        stage = stage_of(reference)
        learns = stage.learns == "tags" and self.variants[reference].learns_tags
        if not learns and stage.holds != "cams":
            return
        splits = TRAINED_ON if learns else self.splits(reference)
        if any(self.listing.showing_a_class.get(split) for split in splits):
            return
        count = sum(self.listing.split_rows.counts.get(split, 0) for split in splits)
        of = "training picture" if splits == TRAINED_ON else f"picture of split {', '.join(splits)}"
        raise SeedmaskError(
            f"{reference}: no {of} shows a class, so nothing can be learned ({count} without a tag in "
            f"{self.config.dataset.root}); add their tags, or leave out what is made from tags"
        )

    @cached_property
    def listing(self) -> ShardedListing:
        """The pictures, as their text files and folders name them, and the states of what variants read beside them."""
        files = sorted({name for settings in self.variants.values() for name in settings.files()})
        return self._listing(self.config.dataset, self.results, files)

    @property
    def labels(self) -> LabelSet:
        """Labels of the pixels."""
        return LabelSet(self.listing.classes, self.config.dataset.background)

    def splits(self, reference: str) -> tuple[str, ...]:
        """Splits that a sharded variant covers: its own choice, that of the first it is made from, or all."""
        settings, known = self.variants[reference], self._known_splits
        own = settings.own_splits()
        if own is None:
            source = next(filter(is_sharded, settings.references()), None)
            return self.splits(source) if source else known
        for split in own:
            if known and split not in known:
                self.raise_listed_problems()  # a list that is missing is the cause
                raise SeedmaskError(f"{reference}: split {split!r} has no pictures; there are {', '.join(known)}")
        return own or known

    def raise_listed_problems(self) -> None:
        """Raise the problems of the data set's lists and folders, if there are any.

        Raises:
            InputError: there is a problem.
        """
        if self.listing.problems:
            raise InputError(f"data set {self.config.dataset.root}", self.listing.problems)

    @property
    def _known_splits(self) -> tuple[str, ...]:
        return tuple(self.listing.split_rows.counts)

    def shards(self, reference: str | None = None) -> list[str]:
        """Numbers of a variant's shards, or of all shards of the index."""
        return self.listing.split_rows.shards(self.splits(reference) if reference else None)

    def images(self, reference: str) -> dict[str, int]:
        """Pictures in each shard of a variant."""
        return self.listing.split_rows.images_by_shard(self.splits(reference))

    def manifest(self, reference: str, shard: str | None = None) -> str:
        """Declared output of a job."""
        return str(manifest_path(self.results, *_parts(reference), shard))

    def manifests(self, reference: str) -> list[str]:
        """All manifests of a variant."""
        if is_sharded(reference):
            return [self.manifest(reference, shard) for shard in self.shards(reference)]
        return [self.manifest(reference)]

    def index(self, shard: str | None = None) -> list[str]:
        """Files of the index that a job waits for: of one shard, or of all, whose digests are in one file."""
        return [self.in_index("set.json"), self.in_index(f"manifests/{shard}.json" if shard else "pictures.json")]

    def in_index(self, name: str) -> str:
        """A file of the index."""
        return f"{self.results}/index/{name}"

    def tables(self) -> list[str]:
        """Declared outputs of the shards of the index that its whole is made from."""
        return [self.in_index(f"tables/{shard}.json") for shard in self.shards()]

    def inputs(self, reference: str, shard: str | None = None) -> list[str]:
        """Files that a job waits for. Shard k waits for shard k; only whole-set fits wait for all."""
        once, each_shard = self._sources(reference, shard is not None)
        return [*self.index(shard), *(self.manifest(source, shard) for source in each_shard), *once]

    def _sources_of(self, reference: str, by_shard: bool) -> tuple[list[str], list[str]]:
        """Files that all jobs of a variant wait for, and variants of which each waits for its own shard."""
        settings = self.variants[reference]
        same = [source for source in settings.references() if by_shard and is_sharded(source)]
        once = [file for source in settings.references() if source not in same for file in self.manifests(source)]
        if settings.fit():
            once.append(self.fit(reference))
        if settings.reads_truth():
            once.append(self.truth)
        return once, same

    @property
    def truth(self) -> str:
        """File that changes with the truth masks."""
        return self.in_index("truth.json")

    def uses_gpu(self, reference: str) -> bool:
        """Whether a GPU is of use to a variant's jobs."""
        return self.variants[reference].gpu

    def gpus(self, reference: str) -> int:
        """GPUs that one of a variant's jobs can use."""
        return self.variants[reference].gpus()

    def threads(self, reference: str) -> int:
        """CPU threads of a variant's jobs, as its settings say; of all processes of a training together."""
        return self.variants[reference].cpu_threads()

    def fit(self, reference: str) -> str:
        """File with the result over the whole set that a variant's shards wait for."""
        return str(self.results / reference / "fit.json")

    def fit_inputs(self, reference: str) -> list[str]:
        """Files that such a fit waits for: all that it reads of other variants, or the index; truth where it looks."""
        fit = self._fit(reference)
        made = [manifest for source in fit.sources for manifest in self.manifests(source)]
        return [*(made or self.index()), *[self.truth] * fit.truth]

    def pixel_labels(self, reference: str) -> tuple[str, ...]:
        """How truth goes into a variant and into what it is made from."""
        settings = self.variants[reference]
        own = [f"{reference}: {settings.pixel_labels()}"] if settings.pixel_labels() else []
        inherited = [text for source in settings.references() for text in self.pixel_labels(source)]
        return tuple(dict.fromkeys([*own, *inherited]))

    def made_elsewhere(self, reference: str) -> tuple[str, ...]:
        """What another program made of a variant and of what it is made from."""
        settings = self.variants[reference]
        own = [f"{reference}: {settings.made_elsewhere()}"] if settings.made_elsewhere() else []
        inherited = [text for source in settings.references() for text in self.made_elsewhere(source)]
        return tuple(dict.fromkeys([*own, *inherited]))

    def families(self, reference: str) -> list[str]:
        """What a variant and its sources learned from besides tags and ImageNet; `closed_world` if nothing."""
        made = self.made_from([reference])
        return sorted({family for name in made for family in self.variants[name].families()}) or [CLOSED_WORLD]

    def networks(self, reference: str) -> list[str]:
        """Networks that a variant is made from, the nearest first."""
        return list(filter(is_trained, self.made_from([reference])))

    def views(self, reference: str) -> dict[str, Any]:
        """How the network that a variant comes from is shown a picture, and what becomes of its scores: `VIEWS`.

        Of a variant that is made from several alike, these are the views in which all of them agree.
        """
        settings = self.variants[reference]
        sources = settings.references()
        mark = next(iter(sources.values()), None)
        alike = [self.views(source) for source in sources if is_sharded(source) and sources[source] == mark]
        first, *others = alike or [{}]
        inherited = {name: value for name, value in first.items() if all(one.get(name) == value for one in others)}
        return inherited | {name: value for name, value in own_settings(settings).items() if name in VIEWS}

    def made_from(self, references: Iterable[str]) -> dict[str, list[str]]:
        """Some variants and all that they are made from, each with its sources, the nearest first."""
        made: dict[str, list[str]] = {}
        waiting = list(references)
        while waiting:
            if (reference := waiting.pop(0)) not in made:
                made[reference] = list(self.variants[reference].references())
                waiting += made[reference]
        return made

    def recipe(self, reference: str) -> str:
        """Recipe that a variant's manifests must carry."""
        if reference not in self._recipes:
            self._recipes[reference] = self._job(reference).recipe
        return self._recipes[reference]

    def job(self, reference: str, shard: str | None = None) -> str:
        """The job of a variant as JSON, for a rule's `params`."""
        if shard is None:
            return self._job(reference).model_dump_json()
        return self._any_shard(reference).replace(f'"shard":"{_ANY_SHARD}"', f'"shard":"{shard}"', 1)

    def store_listing(self) -> None:
        """Store the listing and states that all jobs are planned with; jobs on a cluster read them."""
        self.listing = store_listing(self.listing, self.results)

    def _dataset(self) -> dict[str, Any]:
        return self.config.dataset.model_dump(mode="json")

    def index_shard_job(self, shard: str) -> str:
        """The job that reads the pictures of a shard; it changes when one of its files does."""
        settings = {
            "dataset": self._dataset(),
            "labels": [self.labels.values.start, self.labels.values.stop],
            "listed": self.listing.digest_of(shard),
            "reader": digest([self._code(("seedmask.dataset.reading",)), *self._reading_settings()]),
        }
        return self.make("index", "", ["seedmask.jobs.index_shard"], settings, shard=shard).model_dump_json()

    def _reading_settings(self) -> list[Any]:
        """Settings that pictures and masks are read with; none for ordinary ones."""
        dataset = self.config.dataset
        facts = {**asked_reading(dataset).as_facts(), **mask_codes(dataset).as_facts()}
        words = {"no background": not self.labels.background, "tags from truth": dataset.tags_from_truth}
        return [*facts.values(), *(text for text, holds in words.items() if holds)]

    def index_job(self) -> str:
        """The job that makes one index out of its shards."""
        settings = {"dataset": self._dataset(), "listed": self.listing.digest}
        return self.make("index", "", ["seedmask.jobs.index"], settings).model_dump_json()

    def fit_job(self, reference: str) -> str:
        """The job that computes something over the whole set before a variant's shards are made."""
        settings, fit = self.variants[reference], self._fit(reference)
        return self.make(
            *_parts(reference),
            [fit.runs],
            dict(fit.options),
            fit.sources,
            splits=self.splits(reference),
            packages=packages_of(settings),
            files=self._states(fit.files),
        ).model_dump_json()

    def _fit(self, reference: str) -> Fit:
        fit = self.variants[reference].fit()
        if fit is None:
            raise ValueError(f"{reference} waits for no result over the whole set")
        return fit

    def _job(self, reference: str, shard: str | None = None) -> Job:
        settings = self.variants[reference]
        networks = [self.variants[source].network() for source in settings.references()]
        return self.make(
            *_parts(reference),
            [settings.runs, *settings.modules(), *filter(None, networks)],
            own_settings(settings),
            settings.references(),
            shard,
            splits=self.splits(reference) if is_sharded(reference) else (),
            gpu=settings.gpu,
            pixel_labels=self.pixel_labels(reference),
            made_elsewhere=self.made_elsewhere(reference),
            made_by=_made_by(settings),
            provenance=settings.provenance(),
            packages=packages_of(settings),
            files=self._states(settings.files()),
        )

    def _states(self, files: Iterable[str]) -> dict[str, str]:
        """What changes when files and folders of the user's do, by their names."""
        return {name: self.listing.states[name] for name in files}

    def make(
        self,
        stage: str,
        variant: str,
        modules: Sequence[str],
        settings: dict[str, Any],
        reads: Iterable[str] = (),
        shard: str | None = None,
        *,
        packages: Sequence[str] = (),
        files: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Job:
        """A job of some modules, the first of which it runs, that came with some packages from outside."""
        return Job(
            stage=stage,
            variant=variant,
            shard=shard,
            results=self.results,
            module=modules[0],
            modules=tuple(modules),
            settings=settings,
            basis={
                **self._code(tuple(modules)),
                **dict(package.split(" ", 1) for package in packages),
                **(files or {}),
            },
            shard_size=self.config.dataset.shard_size,
            upstream={reference: self.recipe(reference) for reference in reads},
            **more,
        )


def _parts(reference: str) -> tuple[str, str]:
    """Stage and name of a variant."""
    stage, name = reference.split("/")
    return stage, name


def _made_by(settings: Variant) -> str:
    """The method of a variant, or its loss and network, each with the package that it came with."""
    packages = {key: package_of(type(part)) for key, part in settings.parts().items()}
    return ", ".join(
        f"{key} {part.title}" + f" of package {packages[key]}" * bool(packages[key])
        for key, part in settings.parts().items()
    )


def packages_of(settings: Variant) -> list[str]:
    """Packages from outside that a variant's method, loss or network came with, by name and version."""
    return sorted(filter(None, {package_of(type(part)) for part in settings.parts().values()}))


def own_settings(settings: Variant) -> dict[str, Any]:
    """The settings of a variant as JSON."""
    return settings.model_dump(mode="json", by_alias=True)
