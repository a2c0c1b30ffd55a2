"""Seed masks: the strongest class above a background score."""
