"""A class along strokes."""
