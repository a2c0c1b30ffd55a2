"""The page of the published systems, from `recipes/` and `docs/published.yaml`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from seedmask.config.graph import Config, load_file
from seedmask.config.length import length_of
from seedmask.config.networks import ClassifierOptions, FromMasks
from seedmask.testing.recipes.assumed import assumed
from seedmask.testing.recipes.memory import Training, step_bytes
from seedmask.testing.recipes.notes import Departure, Notes, Number, PictureSet, read_notes

INTRODUCTION = """\
# Published systems

<!-- Written by `python -m seedmask.testing.recipes`; do not edit. -->

What the recipes of the four papers ask for, what their authors report, and where ours departs from theirs. The value
of each key has its source beside it in `recipes/`: a paper, a file of the authors' code, or "assumed". **None of the
published numbers was reproduced here: that needs the data sets and the first weights.** What was compared with the
authors' own code, on weights by a formula and small pictures, is every network, view, loss and formula
(`python -m seedmask.testing.networks FOLDER`).

The head of each recipe says which files it needs. On a few pictures, `recipes/reduced.yaml` on top of one for VOC runs
all of it in minutes.

Memory is what one GPU needs at least for a step: numbers of the network, gradients, momenta, and what the forward pass
keeps for the gradients, in single precision. It is counted, not measured. The loss, work space of libraries and CUDA
come on top. A training that does not fit runs with a smaller `batch_size` and as much more `accumulate`, with batch
norms over fewer pictures.
"""


Memory = Callable[[Training, int, bool], int]
"""Bytes of a step, from the options of a training, the number of classes, and whether there is a background besides."""
NOT_COUNTED = {"source", "loss", "epochs", "steps", "seed", "lr"}
"""Options that change no memory."""


def pages(root: Path, memory: Memory = step_bytes) -> dict[str, str]:
    """Text of the page, by its path in the project.

    Args:
        root: folder of the project.
        memory: counts the bytes of a step.
    """
    notes = read_notes(root / "docs" / "published.yaml")
    text = "\n".join([INTRODUCTION, *_page(notes, root / "recipes", _counted_once(memory))])
    return {"docs/published.md": text.rstrip() + "\n"}


def _counted_once(memory: Memory) -> Memory:
    """The same, which counts trainings that need the same memory once."""
    known: dict[str, int] = {}

    def count(options: Training, classes: int, background: bool) -> int:
        key = f"{options.network()} {classes} {background} {options.model_dump_json(exclude=NOT_COUNTED)}"
        if key not in known:
            known[key] = memory(options, classes, background)
        return known[key]

    return count


def _page(notes: Notes, recipes: Path, memory: Memory) -> Iterator[str]:
    for recipe, system in notes.systems.items():
        path = recipes / f"{recipe}.yaml"
        labels = f", {system.labels}" if system.labels else ""
        yield f"## {system.system} on {system.data}{labels}\n\n```\nseedmask run recipes/{recipe}.yaml\n```\n"
        if system.numbers:
            yield from _table(
                ("", "network", "published", "source", "variant", "ours"),
                [_number(number, notes) for number in system.numbers],
            )
        if system.unknown:
            yield f"Not known: {system.unknown}.\n"
        yield from _table(
            ("training", "encoder", "batch", "steps", "GPU memory"),
            _trainings(load_file(path), notes.sets[system.data], memory),
        )
        if values := assumed(path):
            yield "Assumed in the recipe:\n"
            yield "\n".join(f"- `{value.key}`: {value.comment}" for value in values) + "\n"
        yield "Departures: " + ", ".join(departure.part for departure in notes.of_recipe(recipe)) + "; see below.\n"
    yield "## Not here yet\n"
    yield "\n".join(f"- {line}" for line in notes.missing) + "\n"
    yield "## Departures\n"
    yield "Every known one. Where nothing else is said, networks, losses, views and schedules are the authors'.\n"
    yield from _table(
        ("recipes", "part", "authors", "here", "why", "difference"), [_departure(one) for one in notes.departures]
    )


def _number(number: Number, notes: Notes) -> Sequence[str]:
    source = notes.sources[number.source] + (f" ({number.remark})" if number.remark else "")
    variant = f"`{number.variant}`" if number.variant else "–"
    ours = "not run here: needs the data set" if number.variant else "not scored here"
    return number.what, number.network, f"{number.value:.2f}".removesuffix("0"), source, variant, ours


def _trainings(config: Config, pictures: PictureSet, memory: Memory) -> Iterator[Sequence[str]]:
    for name, options in config.variants():
        if isinstance(options, ClassifierOptions | FromMasks):
            steps = length_of(options, pictures.pictures).steps
            batch = f"{options.batch_size}" + (f" x {options.accumulate}" if options.accumulate > 1 else "")
            gib = memory(options, pictures.classes, pictures.background) / 2**30
            yield f"`{name}`", f"`{options.encoder}`", batch, f"{steps:,}", f"{gib:.0f} GiB"


def _departure(departure: Departure) -> Sequence[str]:
    recipes = ", ".join(f"`{name}`" for name in departure.recipes)
    return recipes, departure.part, departure.published, departure.ours, departure.why, departure.size


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(head) + " |\n" + "|---" * len(head) + "|"
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"
    yield ""
