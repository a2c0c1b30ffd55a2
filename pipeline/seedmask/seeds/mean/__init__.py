"""The mean of several seeds."""
