"""`python -m benchmarks` lists the benchmarks, `python -m benchmarks NAME` runs one; see `--help`."""

import argparse
import os
import subprocess
import sys

# Before torch is imported: waiting threads that spin would take the other side's core.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from benchmarks.kit.names import GROUPS, benchmark_names, sentence_of


def main() -> int:
    """Run what the arguments name; 1 where two sides did not give the same."""
    options, status = _options(), 0
    if options.group:
        status = _run_each([name for group in options.group for name in GROUPS[group]], options)
    elif options.name:
        status = _run(options.name, options)
    elif not options.page:
        _list()
    if options.page:
        from benchmarks.kit.page import PAGE, page_text

        PAGE.write_text(page_text(), encoding="utf-8")
    return status


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="?", choices=benchmark_names(), metavar="NAME")
    parser.add_argument("--group", action="append", choices=GROUPS, help="run all of a group, each in its own process")
    parser.add_argument("--record", action="store_true", help="write what is measured into benchmarks/recorded")
    parser.add_argument("--quick", action="store_true", help="small inputs, to see whether it works")
    parser.add_argument("--page", action="store_true", help="write docs/performance.md from what is recorded")
    options = parser.parse_args()
    if options.record and options.quick:
        parser.error("--record with --quick: only full measurements are recorded")
    return options


def _list() -> None:
    for group, names in GROUPS.items():
        sys.stdout.write(f"{group}\n")
        for name in names:
            sys.stdout.write(f"  {name:20} {sentence_of(name)}\n")


def _run_each(names: list[str], options: argparse.Namespace) -> int:
    """Each in a process of its own, so that none finds what another one left."""
    flags = [flag for flag, is_set in (("--record", options.record), ("--quick", options.quick)) if is_set]
    failed = []
    for name in names:
        sys.stdout.write(f"== {name}: {sentence_of(name)}\n")
        sys.stdout.flush()
        if subprocess.run([sys.executable, "-m", "benchmarks", name, *flags], check=False).returncode:
            failed.append(name)
    if failed:
        sys.stdout.write(f"failed: {', '.join(failed)}\n")
    return 1 if failed else 0


def _run(name: str, options: argparse.Namespace) -> int:
    from benchmarks.kit.measuring import is_reached, is_same, measure, quick_ratios
    from benchmarks.kit.records import write_record

    record = measure(name, _print, quick=options.quick)
    for case in record["cases"]:
        if not is_reached(case) and not options.quick:
            _print(f"goal missed: {name}, {case['name']}")
    if options.record:
        write_record(name, record | {"quick": quick_ratios(name)})
    return 0 if all(is_same(case) for case in record["cases"]) else 1


def _print(text: str) -> None:
    """Print lines at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
