"""Readers of data set layouts."""
