"""Encoders with their weights, heads, and what is frozen."""
