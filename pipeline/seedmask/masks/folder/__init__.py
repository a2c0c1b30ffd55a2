"""Masks that another program made."""
