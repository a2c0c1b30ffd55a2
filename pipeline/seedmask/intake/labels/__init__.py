"""Kinds of labels, a module each; its `read_labels(scan)` returns the labelling of that kind, or None."""
