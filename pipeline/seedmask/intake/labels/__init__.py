"""Kinds of labelling, a module each, which has `look(survey)`: the labelling of that kind, or None."""
