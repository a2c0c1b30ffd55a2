"""Options of the weak labels, a kind a module; what they share lies one folder up."""
