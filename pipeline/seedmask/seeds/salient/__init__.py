"""Other seeds that end where saliency ends."""
