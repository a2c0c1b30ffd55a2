"""Whether Snakemake was started to make something, or only to tell or tidy up."""

from collections.abc import Iterable

LISTS = ("--list", "--list-rules", "-l", "--list-target-rules", "--lt", "--list-untracked", "--lu", "--list-conda-envs")
CHANGES = ("--list-changes", "--lc", "--list-input-changes", "--li", "--list-params-changes", "--lp")
PAGES = ("--summary", "-S", "--detailed-summary", "-D", "--report", "--lint", "--print-compilation")
GRAPHS = ("--dag", "--d3dag", "--rulegraph", "--filegraph")
COPIES = ("--archive", "--containerize", "--export-cwl", "--generate-unit-tests")
TIDIES = ("--cleanup-metadata", "--cm", "--cleanup-shadow", "--delete-all-output", "--delete-temp-output", "--unlock")
ENVIRONMENTS = ("--conda-cleanup-envs", "--conda-create-envs-only", "--container-cleanup-images")
MARKS = ("--touch", "-t")
ONLY_ASK = {*LISTS, *CHANGES, *PAGES, *GRAPHS, *COPIES, *TIDIES, *ENVIRONMENTS, *MARKS}
"""Options with which no job runs. Snakemake itself knows only after it has read the Snakefile."""


def makes_nothing(words: Iterable[str]) -> bool:
    """Whether no job runs with the words of a command line."""
    return any(word.split("=")[0] in ONLY_ASK for word in words)
