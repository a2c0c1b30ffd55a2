"""Options of the CAM seeds, a method a module; what they share lies one folder up."""
