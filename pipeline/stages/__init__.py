"""One module per stage, each one a command: `python -m pipeline.stages <stage> --job JSON`."""
