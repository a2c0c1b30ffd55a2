"""Training: epochs, optimisers, checkpoints, several processes, and the data that a trainer reads."""
