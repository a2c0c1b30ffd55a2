"""Jobs that compare variants with truth, and test classifiers on tags they did not learn from."""

from collections import Counter
from collections.abc import Iterator

from seedmask.config.protocols import PROTOCOLS
from seedmask.config.stages import stage_of
from seedmask.plan.variants import Variants, packages_of


class Evaluation:
    """The jobs of the evaluation of some variants."""

    def __init__(self, plan: Variants):
        self._plan = plan

    def scored(self) -> list[str]:
        """Variants that are compared with truth."""
        return [reference for reference in self._plan.variants if stage_of(reference).is_scored]

    def notes(self) -> Iterator[str]:
        """What distinguishes the lists of the data set from those of the named protocols, by their lengths.

        Both count: a split as a whole, which networks learn from, and its pictures with truth, which are scored.
        """
        listing = self._plan.listing
        images = (image for shard in listing.split_rows.shards() for image in listing.images(shard))
        scored = Counter(image.split for image in images if image.mask)
        for name in self._plan.config.evaluation.protocols():
            for split in dict.fromkeys(one.split for one in PROTOCOLS[name].lists):
                whole = listing.split_rows.counts.get(split, 0)
                counts = {scored[split] or whole} if PROTOCOLS[name].seeds_only else {whole, scored[split] or whole}
                departures = [PROTOCOLS[name].list_departure(split, count) for count in sorted(counts) if whole]
                yield from (f"protocol {name}: {departure}" for departure in departures if departure)

    def scores(self, reference: str) -> str:
        """File with the scores of a variant."""
        return self._file(reference, "scores.json")

    def inputs(self, reference: str) -> list[str]:
        """Files that the comparison with truth waits for: the variant, its networks, and truth."""
        plan = self._plan
        networks = map(plan.manifest, plan.networks(reference))
        return [*plan.manifests(reference), *networks, plan.truth]

    def job(self, reference: str) -> str:
        """The job that compares a variant with truth."""
        plan = self._plan
        modules, splits = ["seedmask.jobs.evaluation"], plan.splits(reference)
        settings = {
            "variant": reference,
            "lists": {split: plan.config.dataset.scored_list(split) for split in splits},
            "truth_recipe": plan.config.dataset.truth_recipe,
            "counting": plan.config.evaluation.counting(),
            "protocols": list(plan.config.evaluation.protocols()),
            "views": plan.views(reference),
            "families": plan.families(reference),
            "networks": plan.networks(reference),
        }
        return plan.make("evaluation", reference, modules, settings, [reference], splits=splits).model_dump_json()

    def tested_classifiers(self) -> list[str]:
        """Classifiers that are tested on tags they did not learn from; of replicates the first."""
        return [
            reference
            for reference, settings in self._plan.config.variants()
            if stage_of(reference).learns == "tags" and "scores" in settings.gives
        ]

    def tags(self, reference: str) -> str:
        """File with the average precision of each class."""
        return self._file(reference, "tags.json")

    def tags_job(self, reference: str) -> str:
        """The job that tests a classifier on tags it did not learn from."""
        plan, settings = self._plan, self._plan.variants[reference]
        return plan.make(
            "evaluation",
            reference,
            ["seedmask.jobs.tags", *filter(None, [settings.network()])],
            {"classifier": reference, "threads": plan.threads(reference)},
            [reference],
            packages=packages_of(settings),
            gpu=settings.gpu,
        ).model_dump_json()

    def _file(self, reference: str, name: str) -> str:
        return str(self._plan.results / "evaluation" / reference / name)
