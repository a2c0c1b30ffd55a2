"""A segmenter's predictions on its training pictures, corrected by tags and first labels."""
