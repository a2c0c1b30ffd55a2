"""Configurations for folders that nobody has described: images, and labels of every known kind.

A kind of labels is a module of `labels`, which is discovered by its file; another one is added without editing any.
"""
