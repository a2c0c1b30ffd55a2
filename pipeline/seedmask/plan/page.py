"""Jobs of the report: numbers of each image and class, and the page."""

from seedmask.config.stages import is_sharded, stage_of
from seedmask.plan.evaluation import Evaluation
from seedmask.plan.variants import Variants, own_settings


class Page:
    """The report of some variants and of their evaluation."""

    def __init__(self, plan: Variants, evaluation: Evaluation):
        self._plan, self._evaluation = plan, evaluation

    @property
    def path(self) -> str:
        """The page; asking for it runs the whole configuration."""
        return str(self._plan.results / "report.html")

    def beside(self, name: str) -> str:
        """A file beside the page that it is made of."""
        return str(self._plan.results / "report" / name)

    def images_inputs(self) -> list[str]:
        """Files that the numbers of each image and class wait for."""
        plan, evaluation = self._plan, self._evaluation
        made = [manifest for reference in self._counted() for manifest in plan.manifests(reference)]
        return [*plan.index(), plan.truth, *made, *map(evaluation.tags, evaluation.tested_classifiers())]

    def images_job(self) -> str:
        """The job that counts in each image, and over them class by class."""
        plan, counted = self._plan, self._counted()
        settings = {
            "measured": self._measured(),
            "classifiers": self._evaluation.tested_classifiers(),
            "variants": {name: {"from": sources} for name, sources in plan.made_from(self._measured()).items()},
            "splits": {reference: plan.splits(reference) for reference in counted},
            "counting": plan.config.evaluation.counting(),
            "smallest": plan.config.report.smallest,
        }
        return plan.make("report", "", ["seedmask.jobs.images"], settings, counted).model_dump_json()

    def inputs(self) -> list[str]:
        """Files that the page waits for: all results, their scores, numbers of images and classes, and the index."""
        plan, evaluation = self._plan, self._evaluation
        made = [manifest for reference in plan.variants for manifest in plan.manifests(reference)]
        numbers = [self.beside("images.csv"), self.beside("classes.csv")]
        return [*plan.index(), plan.truth, *made, *map(evaluation.scores, evaluation.scored()), *numbers]

    def job(self) -> str:
        """The job that draws the page."""
        plan = self._plan
        settings = {
            "images": plan.config.report.images,
            "variants": {
                reference: {
                    "title": settings.title,
                    "from": list(settings.references()),
                    "reads_truth": settings.reads_truth() and bool(settings.pixel_labels()),
                    "provenance": settings.provenance(),
                    "is_seed_mask": settings.is_seed_mask,
                    "replicates": plan.replicates[reference],
                    "settings": own_settings(settings),
                }
                for reference, settings in plan.config.variants()
            },
            "scored": self._evaluation.scored(),
            "splits": {reference: plan.splits(reference) for reference in plan.variants if is_sharded(reference)},
        }
        return plan.make("report", "", ["seedmask.jobs.report"], settings, list(plan.variants)).model_dump_json()

    def _measured(self) -> list[str]:
        """Variants whose masks the numbers of each image and class are about."""
        return [reference for reference in self._plan.variants if stage_of(reference).is_measured]

    def _counted(self) -> list[str]:
        """What those numbers are counted in: these variants, and the seeds that they grew from."""
        seeds = [
            reference for reference in self._plan.made_from(self._measured()) if stage_of(reference).holds == "cams"
        ]
        return [*self._measured(), *sorted(seeds)]
