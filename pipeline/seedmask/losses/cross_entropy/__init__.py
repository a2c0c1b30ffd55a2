"""Plain cross-entropy."""
