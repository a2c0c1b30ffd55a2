"""The stand-in for `python` in whole runs behaves as Python does."""

import os
import shutil
import subprocess

import pytest
from warm_kit import warm_python
from workflow_kit import COLD, EDIT, ROOT

ENDS = {
    "well": "print('said'); import sys; print('told', file=sys.stderr)",
    "with a number": "raise SystemExit(3)",
    "with words": "raise SystemExit('no such thing')",
    "with an error": "raise ValueError('wrong')",
    "killed": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "with its last words": "import atexit; atexit.register(print, 'last')",
    "with a thread": "import threading; threading.Timer(0.2, print, ['late']).start()",
    "knowing its place": "import os, sys; print(os.getcwd(), sys.argv[1:], os.environ['WORD'], __name__)",
    "with the package of the folder": "import seedmask; print(seedmask.__file__)",
}


@pytest.mark.parametrize("end", ENDS)
def test_a_module_ends_as_in_a_new_process(tmp_path, end):
    (tmp_path / "seedmask").mkdir()
    (tmp_path / "seedmask" / "__init__.py").touch()
    (tmp_path / "program.py").write_text(ENDS[end])

    def run(python):
        command, environment = [python, "-m", "program", "a", "b c"], {**os.environ, "WORD": "w"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        status = done.returncode if done.returncode >= 0 else 128 - done.returncode  # as a shell tells of a kill
        return status, done.stdout, done.stderr.strip().splitlines()[-1:]

    assert run(warm_python()) == run(COLD)


PROGRAM = """
import importlib.util, sys
print("seedmask.plan" in sys.modules)
from seedmask import fingerprint, plan
from seedmask.masks.crf import job
from seedmask.runs import workflow
modules = (fingerprint, plan, job, workflow)
print([module.__file__ for module in modules], plan.__path__, fingerprint.PACKAGE, workflow.PACKAGE)
print([importlib.util.find_spec(module.__name__).origin for module in modules])
print(fingerprint.definitions_of(["seedmask.masks.crf.job"]), getattr(workflow, "EDITED", 0))
"""


@pytest.mark.parametrize("edited", ["", "runs/workflow.py", "masks/added.py"])
def test_the_package_that_is_imported_already_is_used_in_the_place_of_an_equal_copy_alone(tmp_path, edited):
    pipeline = tmp_path / "pipeline"
    shutil.copytree(ROOT / "pipeline", pipeline, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "program.py").write_text(PROGRAM)
    if edited:
        with (pipeline / "seedmask" / edited).open("a") as file:
            file.write(EDIT)

    def run(python):
        environment = {**os.environ, "PYTHONPATH": str(pipeline)}
        command = [python, "-m", "program"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.splitlines()

    (was_imported, *found), (_, *expected) = run(warm_python()), run(COLD)
    assert found == expected
    assert was_imported == str(not edited)
