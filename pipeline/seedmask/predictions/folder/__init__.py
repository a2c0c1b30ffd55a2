"""Masks that another network predicted."""
