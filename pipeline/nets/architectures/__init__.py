"""The segmenters' networks, an architecture a module with `build`."""
