"""What people see of a run with the project's logger, which every run of these tests has."""

import os
import re
import subprocess

from warm_kit import warm_python


def status(folder):
    """What `seedmask status` says in a folder, with the package that lies there."""
    command = [str(warm_python()), "-m", "seedmask", "status"]
    environment = {**os.environ, "PYTHONPATH": str(folder / "pipeline")}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


def test_a_run_is_a_line_a_variant_and_a_failure_is_told_in_full(copied):
    module, line = "masks/threshold/job.py", "    return threshold_labels("
    copied.edit(module, line, f'    raise ValueError("no [red] map")\n{line}')
    target = "results/shapes/evaluation/masks/threshold/scores.json"
    output = copied.run(target, cores=1, succeeds=False)
    log = r"results/shapes/masks/threshold/logs/000\d.txt"
    assert re.search(rf"^masks/threshold shard 000\d failed \(exit status 1\); its log, {log}:$", output, re.MULTILINE)
    assert re.search(r"^masks/threshold shard 000\d: error: image \w+: no \[red\] map$", output, re.MULTILINE)
    assert "masks/threshold: failed" in output
    assert "--job" not in output

    failed = status(copied.folder)
    assert re.search(r"^masks/threshold +failed +0/2", failed, re.MULTILINE)
    assert "no [red] map" in failed
    assert re.search(r"^seeds/cam +done +2/2", failed, re.MULTILINE)
    assert re.search(r"^classifiers/cam +done +epoch 12/12 ", failed, re.MULTILINE)

    copied.edit(module, '    raise ValueError("no [red] map")\n', "")
    output = copied.run(target, cores=1)
    lines = output[output.index("jobs\n") :].splitlines()[1:]
    assert lines[0].startswith("masks/threshold: started, 2 shards")
    assert lines[1].startswith("masks/threshold: done, 2 of 2 shards")
    # Snakemake removes the old scores a moment before or after it is looked at.
    assert re.fullmatch(r"evaluation: started, 4 jobs, [34] of them there", lines[2])
    assert lines[3] == "evaluation: done, 4 of 4"
    full = re.fullmatch(r"(\d) of \1 jobs in \d+:\d\d; full log: (\.snakemake/log/.*)", lines[4])
    assert "rule masks_shard:" in (copied.folder / full[2]).read_text()
    assert len(lines) == 5
