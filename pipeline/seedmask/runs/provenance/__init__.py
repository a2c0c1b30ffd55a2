"""How results came about, whether a run would make them again, and which of them no configuration names."""
