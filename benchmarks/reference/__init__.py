"""Plain renderings of the published formulas: loops, dense matrices, full class axes, as released code has them.

They are written from the formulas, not copied. Every benchmark, and a test, checks that they give the same numbers.
"""
