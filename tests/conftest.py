"""Threads of the tests wait without spinning, as those of the jobs do; set before torch is imported."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
