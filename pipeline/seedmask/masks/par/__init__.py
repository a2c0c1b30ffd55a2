"""Seeds after pixel-adaptive refinement."""
