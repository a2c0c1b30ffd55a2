"""A class at a few pixels."""
