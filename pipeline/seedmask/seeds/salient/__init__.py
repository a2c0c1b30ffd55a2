"""Other seeds and saliency in one map."""
