"""Print the bytes of one side of a case: the process that `benchmarks.kit.memory.peak_of_side` starts."""

import sys

from benchmarks.kit.measuring import use_threads
from benchmarks.kit.memory import peak_beside
from benchmarks.kit.names import benchmark

if __name__ == "__main__":
    name, case_name, side = sys.argv[1:]
    module = benchmark(name)
    use_threads(module)
    case = module.cases(False)[case_name]()
    if case.base:
        case.base()
    sys.stdout.write(f"{peak_beside(getattr(case, side))}\n")
