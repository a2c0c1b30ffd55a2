"""Pseudo-masks. A folder is a method; what methods share lies beside them."""
