"""What would stop a planned run, or make it slow or large: a module for each group of checks, found by its file.

Each has `findings(patient)`. A check never fails itself: what it cannot find out is a finding.
"""
