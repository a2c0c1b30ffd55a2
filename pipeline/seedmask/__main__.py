"""`python -m seedmask`: the command `seedmask`."""

from seedmask.cli import app

if __name__ == "__main__":
    app(prog_name="seedmask")
