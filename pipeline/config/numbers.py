"""Numbers of the configuration, each within what can be worked with: a slip of the keyboard is refused with its line.

The limits are far beyond any use. They keep out what would run for years, fill the memory or overflow.
"""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

MOST = 1_000_000_000


def _no_truth_value(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("input should be a valid integer")
    return value


_COUNTED = BeforeValidator(_no_truth_value)
NonNegativeInt = Annotated[int, Field(ge=0, le=MOST), _COUNTED]
"""A number of something, or none."""
PositiveInt = Annotated[int, Field(gt=0, le=MOST), _COUNTED]
"""A number of something, at least one."""
Pixels = Annotated[int, Field(gt=0, le=65_535), _COUNTED]
"""A length in pixels; no JPEG is longer."""
Epochs = Annotated[int, Field(gt=0, le=1_000_000), _COUNTED]
"""Passes over pictures."""
Steps = Annotated[int, Field(gt=0, le=100_000_000), _COUNTED]
"""Steps of a training."""
Rounds = Annotated[int, Field(gt=0, le=10_000), _COUNTED]
"""Rounds of a calculation within one picture."""
Replicates = Annotated[int, Field(gt=0, le=1_000), _COUNTED]
"""Trainings of one variant."""
Threads = Annotated[int, Field(gt=0, le=1_024), _COUNTED]
"""CPU threads of one job."""
Scale = Annotated[float, Field(gt=0, le=32)]
"""A factor that a picture is resized by."""
