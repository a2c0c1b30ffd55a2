"""Saliency maps that the user brings."""
