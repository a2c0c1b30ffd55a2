"""A segmenter's own predictions on its training pictures, without the classes that the tags rule out."""
