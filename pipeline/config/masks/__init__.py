"""Options of the pseudo-masks, a method a module; what they share lies one folder up."""
