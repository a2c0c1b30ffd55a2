"""Measurements that answer one question about a choice that was made; they have goals, no plain side."""
