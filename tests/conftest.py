"""The same examples and the same threads in every run of the tests."""

import os
import sys

import pytest
from hypothesis import settings

# Set before torch is imported: waiting threads that spin make a busy machine ten times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

settings.register_profile("seedmask", derandomize=True, deadline=None)
settings.load_profile("seedmask")


@pytest.fixture(autouse=True)
def threads_of_torch():
    """Stages set the number of threads of their process, on which the last bits of sums depend."""
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else None
    yield
    if torch:
        torch.set_num_threads(before)
