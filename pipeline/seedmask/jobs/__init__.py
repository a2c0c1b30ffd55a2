"""Jobs of the stages without methods, and the launcher of all jobs: `python -m seedmask.jobs STAGE --job JSON`."""
