"""Train SEAM on whole pictures, or on PMM's tiles."""
