"""All checks of a run, one after the other; none of them can fail."""

import importlib
import os
from collections.abc import Iterator

from seedmask.errors import SeedmaskError
from seedmask.plan import Plan
from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.finding import Finding, problem, warning

CHECKS = ("data", "libraries", "weights", "machine", "file_system", "leftovers", "run")
"""Modules in the order in which they are asked."""


def examine(plan: Plan, quick: bool = False) -> Iterator[Finding]:
    """Everything that is found, in the order in which a run would meet it.

    Args:
        plan: the run.
        quick: measure nothing on the spot.
    """
    patient, said = Diagnosis(plan, quick, len(os.sched_getaffinity(0))), set()
    for name in CHECKS:
        try:
            yield from importlib.import_module(f"{__package__}.{name}").findings(patient)
        except SeedmaskError as error:
            if str(error) not in said:  # a data set that is not there stops several checks
                yield problem(name, str(error), "")
            said.add(str(error))
        except Exception as error:  # noqa: BLE001  a check that fails must not hide what others find
            yield warning(name, f"could not be checked ({type(error).__name__}: {error})", "look at it yourself")
