"""Sharded arrays, manifests, locks and checkpoints: the job contract."""
