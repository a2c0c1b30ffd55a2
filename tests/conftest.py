"""The same examples and the same threads in every run of the tests."""

import os

from hypothesis import settings

# Set before torch is imported: waiting threads that spin make a busy machine ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

settings.register_profile("seedmask", derandomize=True, deadline=None)
settings.load_profile("seedmask")
