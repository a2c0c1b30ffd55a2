"""Run a job that may be too long for a command line, of which Linux takes 131,072 bytes: by standard input.

Snakemake runs this file with `snakemake`, which says what the rule's job is.
"""

import subprocess
import sys
from pathlib import Path

path = snakemake.log[0]
with Path(path).open("w") as log:
    job = subprocess.run(
        ["python", "-P", "-m", "seedmask.jobs", snakemake.rule, "--job", "-", "--log", path],
        input=snakemake.params.job,
        text=True,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
sys.exit(job.returncode if job.returncode >= 0 else 128 - job.returncode)  # as a shell says it
