"""Runs: GPU leases, recovery, provenance, progress and the doctor."""
