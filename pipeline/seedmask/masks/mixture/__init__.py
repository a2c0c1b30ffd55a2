"""Weak labels spread by a mixture over a network's features."""
