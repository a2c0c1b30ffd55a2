"""Segmenters: networks trained on masks."""
