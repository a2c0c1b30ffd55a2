"""What remains to be made, and how much work it is, in units that grow as the time does."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedmask.config.length import length_of
from seedmask.config.stages import is_sharded
from seedmask.config.variant import Variant
from seedmask.errors import SeedmaskError
from seedmask.plan import Plan
from seedmask.plan.variants import TRAINED_ON
from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.storage.manifest import Manifest


@dataclass(frozen=True)
class Remaining:
    """Jobs of a variant that are not done.

    Args:
        reference: the variant.
        options: its settings.
        shards: numbers of the shards that are missing; none for a training.
        images: pictures in them, or pictures of a training.
    """

    reference: str
    options: Variant
    shards: tuple[str, ...]
    images: int

    @property
    def jobs(self) -> int:
        """How many jobs that is, without fits and scores."""
        return max(len(self.shards), 1)


def remaining(patient: Diagnosis) -> dict[str, Remaining]:
    """Variants with something to make: without a manifest, of other settings or code, or behind one of these."""
    plan, found = patient.plan, {}
    for reference in _in_order(plan):
        options = plan.variants[reference]
        sources = [found[source] for source in options.references() if source in found]
        if is_sharded(reference):
            all_again = any(not source.shards for source in sources) or (bool(options.fit()) and bool(sources))
            again = {shard for source in sources for shard in source.shards}
            shards = tuple(
                shard
                for shard in plan.shards(reference)
                if all_again or shard in again or not _is_made(plan, reference, shard)
            )
            if shards:
                found[reference] = Remaining(reference, options, shards, patient.rows(plan.splits(reference), shards))
        elif sources or not _is_made(plan, reference, None):
            found[reference] = Remaining(reference, options, (), patient.rows(TRAINED_ON))
    return found


def _in_order(plan: Plan) -> list[str]:
    """Variants, each after those that it is made from."""
    ordered: list[str] = []

    def add(reference: str) -> None:
        if reference not in ordered:
            for source in plan.variants[reference].references():
                add(source)
            ordered.append(reference)

    for reference in plan.variants:
        add(reference)
    return ordered


def _is_made(plan: Plan, reference: str, shard: str | None) -> bool:
    try:
        return Manifest.read(Path(plan.manifest(reference, shard))).recipe == plan.recipe(reference)
    except SeedmaskError:
        return False


def signature(reference: str, variants: Mapping[str, Variant]) -> tuple[Any, ...]:
    """What two variants must have in common for the time of one to tell that of the other."""
    options = variants[reference]
    networks = [reference, *options.references()]
    encoders = tuple(sorted({getattr(variants[name], "encoder", "") for name in networks if name in variants} - {""}))
    titles = tuple(group.title for _, group in options.groups() if hasattr(group, "title"))
    frozen = getattr(options, "frozen_stages", 0) == "all"
    return (
        reference.split("/")[0],
        options.title,
        titles,
        encoders,
        frozen,
        tuple(sorted(options.extras() - {"weights"})),
    )


def units(options: Variant, images: int, pixels: int | float) -> int | float:
    """Work in pixels that are looked at: of crops in all steps, of all views of a picture, or of the picture itself.

    Args:
        options: settings of the variant.
        images: pictures that are trained on, or that shards hold.
        pixels: of one picture.
    """
    if not hasattr(options, "epochs"):
        return images * pixels * views(options)
    if getattr(options, "frozen_stages", 0) == "all":
        return 2.0 * images * pixels
    return samples(options, images) * crop_pixels(options)


def samples(options: Variant, images: int) -> int:
    """Pictures that a training looks at in all its steps."""
    length = length_of(options, max(images, 1))
    return length.steps * length.seen // length.steps_an_epoch


def crop_pixels(options: Variant) -> int:
    """Pixels of a picture in a training."""
    view = options.augmentation
    return (view.square or view.crop) ** 2


def views(options: Variant) -> float:
    """How often a network looks at each pixel of a picture; 1 where there is none."""
    scales, flip = getattr(options, "scales", (1.0,)), getattr(options, "flip", False)
    return sum(scale**2 for scale in scales) * (1 + bool(flip))
