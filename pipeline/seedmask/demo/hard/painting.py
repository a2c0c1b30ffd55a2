"""From an arrangement to a picture and its truth."""

import numpy as np
from jaxtyping import Float, UInt8

from seedmask.demo.hard.arrangement import Arrangement
from seedmask.demo.hard.difficulty import Difficulty
from seedmask.demo.hard.figures import Figure
from seedmask.demo.hard.grounds import COMMON, LOOKS, common_colours, ground_colours, rgb
from seedmask.demo.hard.kinds import KINDS, NAMES
from seedmask.demo.hard.outlines import Points
from seedmask.demo.hard.raster import SAMPLES, PixelBox, box_around, covered, rastered
from seedmask.demo.hard.textures import texture
from seedmask.demo.writing import Sample, VisibleObject, box_of

USUAL_HUES = {kind.name: kind.hue for kind in KINDS}
LEAST_CONTRAST = {"thing": 45.0, "salient": 130.0}
"""Distance of the main colour from what is behind a figure, in RGB of 0..255."""
COLOURS = 12
"""That are tried for this contrast."""
FINEST = 3.5
"""Pixels that a texture needs to repeat; a finer one would be noise."""


def paint(arrangement: Arrangement, split: str, options: Difficulty, rng: np.random.Generator) -> Sample:
    """Paint a picture with its truth.

    Args:
        arrangement: what is where.
        split: `train` or `val`; grounds of each have a look of their own.
        options: brightness, textures and colours of things.
        rng: for all that is painted.
    """
    canvas = _Canvas(arrangement, split, options, rng)
    canvas.paint_grounds()
    for figure in arrangement.figures:
        canvas.paint_figure(figure)
    mask, objects = canvas.truth()
    return Sample(_developed(canvas.colours, rng), mask, objects, int(rng.integers(80, 94)))


class _Canvas:
    """A picture while it is painted."""

    def __init__(self, arrangement: Arrangement, split: str, options: Difficulty, rng: np.random.Generator) -> None:
        self.arrangement, self.look, self.options, self.rng = arrangement, LOOKS[split], options, rng
        self.size, self.things = arrangement.size, arrangement.things
        width, height = self.size
        self.colours = np.zeros((height, width, 3), np.float32)
        # Number of the thing at every sample, from 1; 0 where there is none.
        self.owner = np.zeros((height * SAMPLES, width * SAMPLES), np.uint8)

    def paint_grounds(self) -> None:
        """The common ground, the sky, and the grounds of classes."""
        (width, height), rng = self.size, self.rng
        name = COMMON[int(rng.integers(len(COMMON)))]
        self.colours[:] = common_colours(name, PixelBox(0, 0, width, height), width, self.look, rng)
        if horizon := self.arrangement.horizon:
            self.colours[:horizon] = common_colours("clouds", PixelBox(0, 0, width, horizon), width, self.look, rng)
        for ground in self.arrangement.grounds:
            box = box_around(ground.points).within(self.size)
            colours = ground_colours(ground, box, self.size, self.look, rng)
            self._blend(box, covered(rastered([ground.points], box, SAMPLES)), colours)

    def _blend(self, box: PixelBox, alpha: Float[np.ndarray, "h w"], colours: Float[np.ndarray, "h w 3"]) -> None:
        part = self.colours[box.slices()]
        part += alpha[..., None] * (colours - part)

    def paint_figure(self, figure: Figure) -> None:
        """A thing, a companion or a distractor, with its shadow."""
        whole = figure.box().within(self.size)
        if whole.empty:
            return
        tones = self._tones(figure, self.colours[whole.slices()].mean(axis=(0, 1)))
        if figure.role != "companion":
            self._cast_shadow(whole, 0.1 if figure.low_contrast else self.rng.uniform(0.1, 0.5))
        depth = self.rng.uniform(0.2, 0.35) if figure.low_contrast else self.rng.uniform(0.7, 1.2)
        period = self.rng.uniform(*self.options.period)
        light = self.rng.uniform(-0.25, 0.25, 2).tolist()
        number = self.things.index(figure) + 1 if figure.role == "thing" else 0
        for piece, outline in zip(figure.pieces, figure.outlines(), strict=True):
            box = box_around(outline).within(self.size)
            if box.empty:
                continue
            u, v = figure.position.units(*box.middles())
            finest = FINEST / figure.position.scale
            values = texture(piece.texture, u, v, max(period * piece.period, finest), self.rng)
            dark = tones[piece.tone] * (1 - 0.55 * depth)
            bright = np.minimum(tones[piece.tone] * (1 + 0.3 * depth), 255)
            shade = np.clip(1 + light[0] * u + light[1] * v, 0.6, 1.4)
            self._lay(outline, box, (dark + (bright - dark) * values[..., None]) * shade[..., None], number)

    def _lay(self, outline: Points, box: PixelBox, colours: Float[np.ndarray, "h w 3"], number: int) -> None:
        """Blend colours into an outline, whose samples are from now on those of a thing, or of none."""
        samples = rastered([outline], box, SAMPLES)
        self._blend(box, covered(samples), colours)
        self.owner[box.slices(SAMPLES)][samples] = number

    def truth(self) -> tuple[UInt8[np.ndarray, "H W"], tuple[VisibleObject, ...]]:
        """Mask and objects of what is painted.

        A pixel belongs to the thing that has at least half of its samples, and is background where none has. Of two
        with half of them each, it is the one in front.
        """
        width, height = self.size
        numbers = np.zeros((height, width), np.uint8)
        for number, thing in enumerate(self.things, start=1):
            box = thing.box().within(self.size)
            if not box.empty:
                own = covered(self.owner[box.slices(SAMPLES)] == number) >= 0.5
                numbers[box.slices()][own] = number
        mask, objects = np.zeros((height, width), np.uint8), []
        for number, thing in enumerate(self.things, start=1):
            own = numbers == number
            if thing.name is not None and own.any():
                mask[own] = NAMES.index(thing.name) + 1
                objects.append(VisibleObject(thing.name, box_of(own)))
        return mask, tuple(objects)

    def _cast_shadow(self, box: PixelBox, strength: float) -> None:
        """Darken what is around the foot of a figure in a box."""
        reach = max((box.right - box.left) // 4, 1)
        around = PixelBox(box.left - reach, box.bottom - 2 * reach, box.right + reach, box.bottom + reach)
        around = around.within(self.size)
        x, y = around.middles()
        middle = (box.left + box.right) / 2 + self.rng.uniform(-0.5, 0.5) * reach
        distance = ((x - middle) / (2 * reach)) ** 2 + ((y - box.bottom + reach / 4) / (0.6 * reach)) ** 2
        self.colours[around.slices()] *= 1 - strength * np.exp(-distance)[..., None]

    def _tones(self, figure: Figure, behind: Float[np.ndarray, "3"]) -> list[Float[np.ndarray, "3"]]:
        """Three colours of a figure, chosen by what is behind it."""
        if figure.low_contrast:
            near = behind + self.rng.normal(0, 4, 3).astype(np.float32)
            return [np.clip(near + shift, 0, 255) for shift in (4.0, 12.0, -10.0)]
        second = self._main_colour(figure, behind) if figure.role == "salient" else self._any_colour(figure)
        return [self._main_colour(figure, behind), second, self._any_colour(figure)]

    def _main_colour(self, figure: Figure, behind: Float[np.ndarray, "3"]) -> Float[np.ndarray, "3"]:
        usual = figure.role == "thing" and self.rng.random() < self.options.own_colour
        hue = USUAL_HUES[figure.name] + self.rng.normal(0, 0.04) if usual and figure.name else None
        least = LEAST_CONTRAST.get(figure.role, 0.0)
        colour = self._any_colour(figure, hue)
        for _ in range(COLOURS):
            if float(np.linalg.norm(colour - behind)) >= least:
                break
            colour = self._any_colour(figure, hue)
        return colour

    def _any_colour(self, figure: Figure, hue: float | None = None) -> Float[np.ndarray, "3"]:
        rng = self.rng
        hue = rng.random() if hue is None else hue
        if figure.role == "salient":
            return rgb(hue, rng.uniform(0.75, 1), rng.uniform(0.8, 1))
        value = rng.uniform(0.3, 0.95) * rng.uniform(*self.options.brightness)
        return rgb(hue, rng.uniform(0.1, 0.8), min(value, 1.0))


def _developed(colours: Float[np.ndarray, "H W 3"], rng: np.random.Generator) -> UInt8[np.ndarray, "H W 3"]:
    """Light from one side, exposure, white balance and noise of one camera."""
    height, width = colours.shape[:2]
    slope = rng.uniform(-0.25, 0.25, 2)
    light = 1 + slope[0] * np.linspace(-1, 1, width)[None] + slope[1] * np.linspace(-1, 1, height)[:, None]
    balance = rng.uniform(0.75, 1.15) * rng.uniform(0.92, 1.08, 3)
    exposed = colours * light[..., None].astype(np.float32) * balance.astype(np.float32)
    noisy = exposed + rng.uniform(2, 7) * rng.standard_normal(colours.shape, np.float32)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)
