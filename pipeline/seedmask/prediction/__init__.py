"""A trained segmenter in use: masks of new images, from Python, files and `seedmask predict`."""
