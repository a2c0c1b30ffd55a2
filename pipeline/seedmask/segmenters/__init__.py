"""Segmenters: networks trained on masks. A folder is an architecture; the one training serves them all."""
