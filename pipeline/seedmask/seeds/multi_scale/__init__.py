"""Class activation maps from several sizes of a picture."""
