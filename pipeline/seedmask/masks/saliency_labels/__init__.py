"""Labels where seeds and saliency agree."""
