"""Numbers of the configuration, each within what can be worked with: a slip of the keyboard is refused with its line.

The limits are far beyond any use. They keep out what would run for years, fill the memory or overflow.
"""

from typing import Annotated

from pydantic import Field

MOST = 1_000_000_000

NonNegativeInt = Annotated[int, Field(ge=0, le=MOST)]
"""A number of something, or none."""
PositiveInt = Annotated[int, Field(gt=0, le=MOST)]
"""A number of something, at least one."""
Pixels = Annotated[int, Field(gt=0, le=65_535)]
"""A length in pixels; no JPEG is longer."""
Epochs = Annotated[int, Field(gt=0, le=1_000_000)]
"""Passes over pictures."""
Steps = Annotated[int, Field(gt=0, le=100_000_000)]
"""Steps of a training."""
Rounds = Annotated[int, Field(gt=0, le=10_000)]
"""Rounds of a calculation within one picture."""
Replicates = Annotated[int, Field(gt=0, le=1_000)]
"""Trainings of one variant."""
Threads = Annotated[int, Field(gt=0, le=1_024)]
"""CPU threads of one job."""
Scale = Annotated[float, Field(gt=0, le=32)]
"""A factor that a picture is resized by."""
