"""Train SEAM on whole images, or on PMM's tiles."""
