"""What lies in a folder that nobody has described: its pictures, and the labels of every kind that is known.

A kind of labelling is a module of `labels`, found by its file; another one is added without editing any.
"""
