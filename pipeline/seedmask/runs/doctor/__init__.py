"""Checks of a planned run: what would stop it, or make it slow or large.

`diagnosis.check` runs all of them. A check is a function `check_...` of a module here, which yields findings and does
not fail: what it cannot find out is a finding.
"""
