"""`seedmask`: set up a run, run it, look at its results, check them and take them out.

init, run, status, view   the commands of these names
check                     check, doctor: a configuration before it is run
scores                    scores, classes, tags, rank, times
verify                    verify, explain: what is stored, and where it comes from
export                    export, compare, predict
submit                    submit: the archive for the server of a benchmark
target                    the configuration or folder of results that every command takes first

Heavy libraries are imported inside the commands, so that each starts fast.
"""

from seedmask.cli import check, export, init, run, scores, status, submit, verify, view
from seedmask.cli.app import app

__all__ = ["app", "check", "export", "init", "run", "scores", "status", "submit", "verify", "view"]
