"""A configuration for a folder that nobody has described: what is in it, what is decided, and the files of it."""
