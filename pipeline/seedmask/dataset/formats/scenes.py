"""What layouts share in which every pixel has a class, and truth masks give the tags of `train`."""

from collections.abc import Callable, Iterable, Sequence

from seedmask.config.dataset import SceneDataset
from seedmask.dataset.formats.listing import Entry, Findings


def report_truth(
    entries: Sequence[Entry],
    splits: Iterable[str],
    dataset: SceneDataset,
    missing: Callable[[Entry], tuple[str, str]],
    findings: Findings,
) -> None:
    """Say which pictures have no truth mask: a problem where their tags are made from it, else a note.

    Args:
        entries: all pictures.
        splits: those that have truth masks.
        dataset: says whether tags are made from them.
        missing: what is not there of a picture, and what to do.
        findings: gets the problems and notes.
    """
    for split in splits:
        without = [entry for entry in entries if entry.split == split and entry.mask is None]
        if split == "train" and dataset.tags_from_truth:
            for entry in without:
                found, remedy = missing(entry)
                findings.problem(entry.image, f"picture of split `train` without {found}", remedy)
        elif without:
            findings.note(f"{len(without)} pictures of `{split}` have no truth mask ({without[0].id})")
