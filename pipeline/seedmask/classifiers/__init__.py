"""Classifiers: networks trained on image tags. A folder is a method; what methods share lies beside them."""
