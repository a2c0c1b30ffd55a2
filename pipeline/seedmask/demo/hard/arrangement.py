"""What is where in a picture of `shapes-hard`, before any colour is drawn."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool

from seedmask.demo.hard.difficulty import Difficulty
from seedmask.demo.hard.distractors import COMPANIONS, clutter, salient
from seedmask.demo.hard.figures import Figure, Pieces, Position, bent, unit_area
from seedmask.demo.hard.grounds import OF_CLASSES, Ground, lay
from seedmask.demo.hard.kinds import KINDS, FigureKind
from seedmask.demo.hard.occupancy import Occupancy
from seedmask.demo.hard.raster import PixelBox, rastered
from seedmask.demo.scene import GOLDEN, tail_weights
from seedmask.errors import SeedmaskError

HORIZON = 0.6
"""Share of the pictures with sky."""
PLACES, SIZES, PICTURES = 40, 4, 50
"""Places that are tried for a thing of one size, sizes, and pictures, before it is given up."""
FRONT_HIDES = 0.12
"""The most that one distractor in front hides of a figure."""


@dataclass(frozen=True, eq=False)
class Arrangement:
    """One picture before it is painted."""

    size: tuple[int, int]
    """Width and height in pixels."""
    horizon: int
    """Rows of sky."""
    grounds: tuple[Ground, ...]
    """From back to front."""
    figures: tuple[Figure, ...]
    """From back to front."""

    @property
    def things(self) -> tuple[Figure, ...]:
        """What has a tag."""
        return tuple(figure for figure in self.figures if figure.role == "thing")


def frequencies(options: Difficulty) -> list[float]:
    """Chances of the classes: rank^-tail_exponent down to a floor, over their sum."""
    weights = tail_weights(len(KINDS), options.tail_exponent, options.rarest_weight)
    return [weight / sum(weights) for weight in weights]


def draw_classes(number: int, options: Difficulty, rng: np.random.Generator) -> list[FigureKind]:
    """Classes of the picture with this number, the main one first.

    The main classes of successive numbers follow the golden-ratio sequence, which gives any run of pictures very
    nearly the wanted frequencies.
    """
    chances = np.array(frequencies(options))
    main = int(np.searchsorted(np.cumsum(chances)[:-1], (0.5 + number * GOLDEN) % 1, side="right"))
    count = 1 + int(np.searchsorted(np.cumsum(options.classes)[:-1], rng.random(), side="right"))
    chances[main] = 0
    others = rng.choice(len(KINDS), count - 1, replace=False, p=chances / chances.sum())
    return [KINDS[main], *(KINDS[other] for other in others.tolist())]


def arrange(number: int, size: tuple[int, int], options: Difficulty, rng: np.random.Generator) -> Arrangement:
    """Arrange the picture with this number: grounds first, then what stands out, things and clutter.

    Raises:
        SeedmaskError: there is no place for the first thing, because `options` ask for too much.
    """
    kinds = draw_classes(number, options, rng)
    for _ in range(PICTURES):
        builder = _Builder(kinds, size, options, rng)
        builder.add_salient()
        # A picture without its main class would bend the frequencies.
        if builder.add_thing(kinds[0], main=True):
            builder.add_others()
            return builder.finished()
    raise SeedmaskError(
        f"there is no place for a {kinds[0].name} of {options.large_area} of a picture of {size[0]} x {size[1]} "
        "pixels; lower large_area or salient_area, or raise the size"
    )


class _Builder:
    """A picture while it is arranged."""

    def __init__(
        self, kinds: list[FigureKind], size: tuple[int, int], options: Difficulty, rng: np.random.Generator
    ) -> None:
        self.kinds, self.size, self.options, self.rng = kinds, size, options, rng
        self.width, self.height = size
        self.at_home = {kind.name for kind in kinds if rng.random() < options.context}
        self.horizon = int(self.height * rng.uniform(0.15, 0.4)) if rng.random() < HORIZON else 0
        self.occupancy = Occupancy(size)
        self.companions: list[Figure] = []
        self.grounds: list[Ground] = []
        # -1 sky, 0 the common ground, else number of a ground + 1.
        self.region = np.zeros((self.height, self.width), np.int64)
        self.region[: self.horizon] = -1
        self._lay_grounds()

    def _lay_grounds(self) -> None:
        """Grounds of the classes, that of the main class in front, and now and then one of no class of the picture."""
        own = [kind.ground for kind in self.kinds if kind.ground and kind.name in self.at_home]
        others = [name for name in OF_CLASSES if name not in {kind.ground for kind in self.kinds}]
        names = list(dict.fromkeys(own))[::-1]
        if others and self.rng.random() < self.options.context_alone:
            names.insert(0, others[int(self.rng.integers(len(others)))])
        for name in names:
            ground = lay(name, self.size, self.rng)
            self.grounds.append(ground)
            self.region[rastered([ground.points], PixelBox(0, 0, *self.size))] = len(self.grounds)

    def add_salient(self) -> None:
        """Perhaps something without a tag that stands out."""
        rng, options = self.rng, self.options
        if rng.random() >= options.salient:
            return
        centred = rng.random() < options.salient_centred
        x, y = (rng.normal(0.5, 0.03, 2) if centred else rng.uniform(0.2, 0.8, 2)).tolist()
        pieces = salient(rng)
        scale = self._scale(pieces, rng.uniform(*options.salient_area))
        position = Position(x * self.width, y * self.height, scale, rng.normal(0, 0.1))
        self.occupancy.add(Figure("salient", pieces, position))

    def _scale(self, pieces: Pieces, area: float) -> float:
        """Pixels of a unit with which pieces have this share of the picture."""
        return float(np.sqrt(area * self.width * self.height / unit_area(pieces)))

    def add_others(self) -> None:
        """All things but the first one."""
        for rank, kind in enumerate(self.kinds):
            copies = int(self.rng.integers(2, 5)) if self.rng.random() < self.options.several else 1
            for _ in range(copies - (rank == 0)):
                self.add_thing(kind, main=False)

    def add_thing(self, kind: FigureKind, *, main: bool) -> bool:
        """One thing of a class, unless there is no place for it; whether there is."""
        options, rng = self.options, self.rng
        small = not main and rng.random() < options.small
        least, most = options.large_area if main else options.small_area if small else options.other_area
        cut = not small and rng.random() < options.cut
        overlapping = bool(self.occupancy.things) and rng.random() < options.overlapping
        low_contrast = rng.random() < options.low_contrast
        pieces = bent(kind.build(rng), rng)
        turn = rng.normal(0, 0.06) if kind.upright else rng.uniform(-np.pi, np.pi)
        mirrored, area = bool(rng.random() < 0.5), rng.uniform(least, most)
        scale = self._scale(pieces, 1.0)
        for _ in range(SIZES):
            position = Position(0.0, 0.0, scale * float(np.sqrt(area)), turn, mirrored)
            figure = Figure("thing", pieces, position, kind.name, low_contrast, small)
            placed = self._placed(figure, kind, cut=cut, overlapping=overlapping)
            if placed:
                if kind.companion and kind.name in self.at_home:
                    companion = COMPANIONS[kind.companion](rng)
                    self.companions.append(Figure("companion", companion, placed.position))
                self.occupancy.add(placed)
                return True
            area = max(0.8 * area, least)
        return False

    def _placed(self, figure: Figure, kind: FigureKind, *, cut: bool, overlapping: bool) -> Figure | None:
        """The figure in a place where all that is asked of it holds, or None if there is none."""
        box, pixels = figure.silhouette()
        allowed = self._allowed(kind)
        inside = np.flatnonzero(allowed)
        foot = box.bottom - 1 if kind.standing else 0
        for _ in range(PLACES if len(inside) else 0):
            if overlapping:
                x, y = self._beside_another(box)
            elif cut:
                x, y = self._at_the_frame(box)
            else:
                row, x = divmod(int(inside[self.rng.integers(len(inside))]), self.width)
                y = row - foot
            anchor = min(max(y + foot, 0), self.height - 1), min(max(x, 0), self.width - 1)
            if allowed[anchor] and self.occupancy.fits(box, pixels, (x, y), cut=cut, overlapping=overlapping):
                return figure.moved(x, y)
        return None

    def _allowed(self, kind: FigureKind) -> Bool[np.ndarray, "H W"]:
        """Where the foot of a standing thing, or the middle of another, may be."""
        if kind.ground and kind.name in self.at_home:
            return self.region == [ground.name for ground in self.grounds].index(kind.ground) + 1
        if kind.hanging:
            return np.ones_like(self.region, bool)
        common = self.region == 0
        return common if common.any() else self.region >= 0

    def _beside_another(self, box: PixelBox) -> tuple[int, int]:
        things = self.occupancy.things
        other = things[int(self.rng.integers(len(things)))].position
        reach = other.scale + (box.bottom - box.top) / 2
        dx, dy = self.rng.uniform(-reach, reach, 2).tolist()
        return int(other.x + dx), int(other.y + dy)

    def _at_the_frame(self, box: PixelBox) -> tuple[int, int]:
        x, y = int(self.rng.integers(self.width)), int(self.rng.integers(self.height))
        outside = self.rng.uniform(0.15, 0.5)
        across, down = int(outside * (box.right - box.left)), int(outside * (box.bottom - box.top))
        sides = (
            (-box.left - across, y),
            (self.width - box.right + across, y),
            (x, -box.top - down),
            (x, self.height - box.bottom + down),
        )
        return sides[int(self.rng.integers(len(sides)))]

    def finished(self) -> Arrangement:
        """The arrangement, with clutter behind and in front of the things."""
        rng, options = self.rng, self.options
        behind, before = [], []
        for _ in range(int(rng.integers(*options.clutter, endpoint=True))):
            pieces = clutter(rng)
            x, y, turn = rng.uniform(0, self.width), rng.uniform(0, self.height), rng.uniform(-np.pi, np.pi)
            scale = self._scale(pieces, rng.uniform(*options.clutter_area))
            figure = Figure("clutter", pieces, Position(x, y, scale, turn))
            if rng.random() < options.clutter_in_front and self.occupancy.hides_little(figure, FRONT_HIDES):
                self.occupancy.cover(figure)
                before.append(figure)
            else:
                behind.append(figure)
        figures = (*behind, *self.companions, *self.occupancy.figures, *before)
        return Arrangement(self.size, self.horizon, tuple(self.grounds), figures)
