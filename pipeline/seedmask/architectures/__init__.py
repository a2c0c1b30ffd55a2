"""Architectures: networks of segmenters. One training serves them all."""
