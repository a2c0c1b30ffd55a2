"""The stand-in for `python` in whole runs behaves as Python does."""

import os
import subprocess

import pytest
from warm_kit import warm_python
from workflow_kit import COLD

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
