"""One module per stage, each one a command."""
