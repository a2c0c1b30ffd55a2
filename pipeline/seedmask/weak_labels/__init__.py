"""Weak labels: labels of a few pixels. A folder is a method; what methods share lies beside them."""
