"""What is known of each class without truth, as `report/classes.csv`; and how far it can be trusted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seedmask.evaluation.trust import Parts, above_chance
from seedmask.report.rankings import spearman
from seedmask.report.scores import Score, Summary
from seedmask.report.tables import as_table, cell_of, number_in, read_table

FILE = Path("report") / "classes.csv"
"""Below a data set's results."""
KINDS = ("implausible", "f1", "agreement")
"""Columns of single variants start with one of them: share of the tagged training pictures where the mask of the class
is nearly empty or nearly full; F1 of the classes found against the tags; IoU with the masks that were learned from."""
Shares = Mapping[str, float | None]
"""By variant; None where there is nothing to count."""


@dataclass(frozen=True)
class Way:
    """The furthest result that used no pixel labels, and what it came from; empty where there is no such step."""

    classifier: str = ""
    tried: str = ""
    """How the classifier was tried on tags that it did not learn."""
    seeds: str = ""
    masks: str = ""
    segmenter: str = ""
    predictions: str = ""


@dataclass(frozen=True)
class ClassLine:
    """What is known of a class; None where it is not."""

    name: str
    pictures: int | None
    """Training pictures that are tagged with it; None where none has tags."""
    way: Way
    precision: float | None = None
    """Average precision of the way's classifier."""
    chance: float | None = None
    """That of a ranking at random."""
    clear: float | None = None
    """Mean activation of the way's seeds inside its masks."""
    companion: str = ""
    """The class that comes with it most often, and the share of its training pictures that this is on."""
    companion_share: float | None = None
    implausible: Shares = field(default_factory=dict)
    f1: Shares = field(default_factory=dict)
    agreement: Shares = field(default_factory=dict)

    @property
    def parts(self) -> Parts:
        """What trust is made of, along the way."""
        odd = self.implausible.get(self.way.masks or self.way.predictions)
        return Parts(
            knows=above_chance(self.precision, self.chance or 0.0),
            clear=self.clear,
            fits=None if odd is None else 1 - odd,
            finds=self.f1.get(self.way.predictions),
            agrees=self.agreement.get(self.way.predictions),
        )

    @property
    def trust(self) -> float | None:
        """0..1; see `seedmask.evaluation.trust`."""
        return self.parts.trust


COLUMNS = ("class", "trust", "pictures", "average_precision", "chance", "clear", "companion", "companion_share",
           "classifier", "tried", "seeds", "masks", "segmenter", "predictions")  # fmt: skip


def as_csv(lines: Sequence[ClassLine], variants: Sequence[str]) -> bytes:
    """A table with a line a class.

    Args:
        lines: the classes, in the order of the index.
        variants: variants of masks and predictions.
    """
    table: list[list[object]] = [[*COLUMNS, *(f"{kind} {name}" for kind in KINDS for name in variants)]]
    for line in lines:
        known = map(cell_of, (line.precision, line.chance, line.clear))
        pictures = "" if line.pictures is None else line.pictures
        shares = (cell_of(getattr(line, kind).get(name)) for kind in KINDS for name in variants)
        company = (line.companion, cell_of(line.companion_share))
        way = vars(line.way).values()
        table.append([line.name, cell_of(line.trust), pictures, *known, *company, *way, *shares])
    return as_table(table)


def read_classes(results: Path) -> list[ClassLine]:
    """The table of a data set's results.

    Raises:
        SeedmaskError: the run has not come so far.
    """
    return [_line(cells) for cells in read_table(results / FILE)]


def _line(cells: Mapping[str, str]) -> ClassLine:
    shares = {
        kind: {
            key.removeprefix(f"{kind} "): number_in(cell) for key, cell in cells.items() if key.startswith(f"{kind} ")
        }
        for kind in KINDS
    }
    return ClassLine(
        name=cells["class"],
        pictures=int(cells["pictures"]) if cells["pictures"] else None,
        way=Way(**{name: cells[name] for name in Way.__dataclass_fields__}),
        precision=number_in(cells["average_precision"]),
        chance=number_in(cells["chance"]),
        clear=number_in(cells["clear"]),
        companion=cells["companion"],
        companion_share=number_in(cells["companion_share"]),
        **shares,
    )


@dataclass(frozen=True)
class TrustCorrelation:
    """How well trust orders the classes by the IoU that truth gives them."""

    split: str
    variant: str
    spearman: float
    """Rank correlation over the classes, -1..1: 1 is the same order."""
    classes: int


def trust_correlations(lines: Sequence[ClassLine], scores: Sequence[Score | Summary]) -> list[TrustCorrelation]:
    """Trust against the IoU of the way's masks and predictions, split by split; empty without truth."""
    found = []
    for score in scores:
        if not lines or score.variant not in (lines[0].way.masks, lines[0].way.predictions):
            continue
        pairs = [(line.trust, score.classes.get(line.name)) for line in lines]
        known = [(trust, iou) for trust, iou in pairs if trust is not None and iou is not None]
        value = spearman(known)
        if value is not None:
            found.append(TrustCorrelation(score.split, score.variant, value, len(known)))
    return found
