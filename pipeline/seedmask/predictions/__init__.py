"""Predictions: masks of the data set by a finished network. A folder is a method; new images are `prediction`'s."""
