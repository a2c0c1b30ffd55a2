"""Fits over the whole set, made once before a variant's shards: one number each."""
