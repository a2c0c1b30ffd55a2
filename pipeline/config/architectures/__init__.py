"""Options of the segmenters' networks, an architecture a module."""
