"""Saliency by a network that was trained elsewhere."""
