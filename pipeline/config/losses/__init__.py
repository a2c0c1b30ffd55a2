"""Options of the segmenters' losses, a loss a module."""
