"""Trained networks, rebuilt from their manifests, and inference with them."""
