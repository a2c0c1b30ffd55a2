"""How often each difficulty of real scenes occurs in `shapes-hard`."""

from dataclasses import dataclass, fields

from seedmask.demo.hard.kinds import NAMES
from seedmask.errors import SeedmaskError


@dataclass(frozen=True)
class Difficulty:
    """Shares and ranges, each with the default of the set; areas are shares of the picture.

    Raises:
        SeedmaskError: a share lies outside 0..1, a range does not rise, or chances do not sum to 1.
    """

    classes: tuple[float, ...] = (0.32, 0.38, 0.2, 0.1)
    """Chances of one, two, ... classes in a picture: 2.1 in the mean."""
    several: float = 0.35
    """Share of the classes of a picture that show two to four things instead of one."""
    tail_exponent: float = 0.75
    """Frequencies of the classes fall as rank^-tail_exponent ..."""
    rarest_weight: float = 0.2
    """... down to this share of the most frequent class."""
    large_area: tuple[float, float] = (0.06, 0.2)
    """Of the first thing of a picture."""
    other_area: tuple[float, float] = (0.03, 0.08)
    """Of the other things that are not small."""
    small: float = 0.4
    """Share of the things after the first that are small."""
    small_area: tuple[float, float] = (0.01, 0.03)
    """Of small things."""
    cut: float = 0.15
    """Share of the things that are not small of which the frame cuts off 12 to 50 %."""
    overlapping: float = 0.2
    """Share of the things after the first that hide 8 to 45 % of another thing."""
    low_contrast: float = 0.15
    """Share of the things that have the colour of what is behind them, and a faint texture."""
    own_colour: float = 0.3
    """Share of the things that have the usual hue of their class; the others have any."""
    brightness: tuple[float, float] = (0.6, 1.25)
    """Of a thing's colours, as a factor."""
    period: tuple[float, float] = (0.6, 1.6)
    """Of a thing's textures, as a factor of the usual one."""
    context: float = 1.0
    """Share of the classes of a picture that come with their ground or companion."""
    context_alone: float = 0.1
    """Share of the pictures with the ground of a class that they do not show."""
    salient: float = 0.4
    """Share of the pictures with something without a tag that stands out more than any thing."""
    salient_area: tuple[float, float] = (0.04, 0.12)
    """Of what stands out."""
    salient_centred: float = 0.4
    """Share of these that stand in the middle."""
    clutter: tuple[int, int] = (6, 14)
    """Number of small textured distractors of a picture; they have no tag."""
    clutter_area: tuple[float, float] = (0.002, 0.02)
    """Of one of these."""
    clutter_in_front: float = 0.2
    """Share of the clutter that may hide a little of things."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and field.name != "tail_exponent" and not 0 <= value <= 1:
                raise SeedmaskError(f"{field.name} is {value}, expected a share from 0 to 1")
            if isinstance(value, tuple) and field.name != "classes" and not 0 <= value[0] <= value[1]:
                raise SeedmaskError(f"{field.name} is {value}, expected a range: from 0 upward, the lower end first")
        chances = self.classes
        if not 1 <= len(chances) <= len(NAMES) or min(chances) < 0 or abs(sum(chances) - 1) > 1e-9:
            raise SeedmaskError(f"classes is {chances}, expected at most {len(NAMES)} chances that sum to 1")
