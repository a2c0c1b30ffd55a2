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


_Integer = Annotated[int, BeforeValidator(_no_truth_value)]
NonNegativeInt = Annotated[_Integer, Field(ge=0, le=MOST)]
"""A number of something, or none."""
PositiveInt = Annotated[_Integer, Field(gt=0, le=MOST)]
"""A number of something, at least one."""
Pixels = Annotated[_Integer, Field(gt=0, le=65_535)]
"""A length in pixels; no JPEG is longer."""
Epochs = Annotated[_Integer, Field(gt=0, le=1_000_000)]
"""Passes over pictures."""
Steps = Annotated[_Integer, Field(gt=0, le=100_000_000)]
"""Steps of a training."""
Rounds = Annotated[_Integer, Field(gt=0, le=10_000)]
"""Rounds of a calculation within one picture."""
Replicates = Annotated[_Integer, Field(gt=0, le=1_000)]
"""Trainings of one variant."""
Threads = Annotated[_Integer, Field(gt=0, le=1_024)]
"""CPU threads of one job."""
Scale = Annotated[float, Field(gt=0, le=32)]
"""A factor that a picture is resized by."""
