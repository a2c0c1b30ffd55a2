"""Train IRN's boundaries and displacements on labels with gaps."""
