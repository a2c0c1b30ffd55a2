"""The predictions stage: a segmenter's masks of the data set. `seedmask.prediction` is for new images."""
