"""Trained networks, rebuilt from their manifests, and what is computed with them within memory."""
