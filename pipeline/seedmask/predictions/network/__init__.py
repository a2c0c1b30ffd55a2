"""A segmenter's masks of the data set."""
