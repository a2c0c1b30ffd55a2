"""The configuration: a graph of named variants, checked before anything runs."""
