"""Colours that the page draws in: those of the report, and a set for colour-blind eyes."""

from typing import Any

import numpy as np
from jaxtyping import UInt8

from seedmask.dataset.images import palette
from seedmask.report.drawing import heat_colours

SAFE = np.array(
    [(230, 159, 0), (86, 180, 233), (0, 158, 115), (240, 228, 66), (0, 114, 178), (213, 94, 0), (204, 121, 167)],
    np.float64,
)
"""Colours of Okabe and Ito that eyes without one kind of cone tell apart; their black is the background."""
SHADES = (0.0, 0.5, -0.4, 0.75, -0.65)
"""How far each further round of the seven goes towards white, or black if negative."""
SAFE_HEAT = np.array([(0, 32, 77), (64, 77, 108), (124, 123, 120), (187, 173, 108), (255, 234, 70)], np.float64)
"""From dark blue to bright yellow: the order shows in the lightness alone."""
SAFE_IGNORED = (225, 225, 225)


def safe_palette() -> UInt8[np.ndarray, "256 3"]:
    """Background black, then seven colours in five shades; the 36th class starts again with the first colour."""
    rounds = [SAFE + ((255 if shade > 0 else 0) - SAFE) * abs(shade) for shade in SHADES]
    colours = np.concatenate(rounds)[np.arange(255) % (len(SAFE) * len(SHADES))]
    return np.rint(np.concatenate([np.zeros((1, 3)), colours[:254], [SAFE_IGNORED]])).astype(np.uint8)


def colours() -> dict[str, Any]:
    """Both sets: the colour of each label and of each stored activation 0..255, as hexadecimal digits."""
    steps = np.linspace(0, 1, 256)
    stops = np.linspace(0, 1, len(SAFE_HEAT))
    safe_heat = np.stack([np.interp(steps, stops, channel) for channel in SAFE_HEAT.T], axis=-1)
    return {
        "report": {"labels": _hex(palette()), "heat": _hex(heat_colours(steps[None])), "repeats": None},
        "safe": {
            "labels": _hex(safe_palette()),
            "heat": _hex(safe_heat),
            "repeats": len(SAFE) * len(SHADES),
        },
    }


def _hex(table: np.ndarray) -> str:
    return np.rint(table).astype(np.uint8).tobytes().hex()
