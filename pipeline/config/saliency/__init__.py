"""Options of the saliency maps, a method a module; what they share lies one folder up."""
