"""Losses of segmenters. A folder is a method: its options, and `loss` with what computes it."""
