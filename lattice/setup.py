"""Compiles the extension.

Products and sums are not contracted, so that lattices equal those of pydensecrf; and Python's own `-fwrapv`, which
makes loops over channels three times as slow, is taken back.
"""

from setuptools import Extension, setup

FLAGS = ["-O3", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-fno-wrapv"]

setup(ext_modules=[Extension("seedmask_lattice", ["seedmask_lattice.c"], extra_compile_args=FLAGS)])
