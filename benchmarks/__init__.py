"""Time, memory and disk, each against a plain way to get the same: `python -m benchmarks` lists what there is."""
