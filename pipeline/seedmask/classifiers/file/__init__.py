"""Classifiers that another program trained."""
