"""Segmenters that another program trained."""
