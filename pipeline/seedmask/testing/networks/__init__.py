"""Published networks against reference arrays: `python -m seedmask.testing.networks FOLDER`."""
