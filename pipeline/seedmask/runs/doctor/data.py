"""The configuration and the data set's lists."""

from collections.abc import Iterator

from seedmask.errors import SeedmaskError
from seedmask.runs.doctor.diagnosis import Diagnosis
from seedmask.runs.doctor.finding import Finding, ok, problem, warning

SHOWN = 3


def findings(patient: Diagnosis) -> Iterator[Finding]:
    """Files that are named and not there, problems of the lists, splits that nothing has."""
    plan = patient.plan
    listing = plan.listing
    for found in listing.problems[:SHOWN]:
        yield problem("data", f"{found.where}: {found.found}", found.remedy)
    if len(listing.problems) > SHOWN:
        yield problem("data", f"{len(listing.problems) - SHOWN} more problems", "`seedmask check` lists them all")
    if not listing.problems:
        splits = ", ".join(f"{name} {count}" for name, count in listing.split_rows.counts.items())
        truth = sum(entry.mask is not None for entry in listing.entries)
        masks = f"{truth} truth masks" if truth else "no truth masks, so no scores"
        yield ok("data", f"{len(listing.entries)} pictures ({splits}), {len(listing.classes)} classes, {masks}")
    try:
        plan.check()
    except SeedmaskError as error:
        yield problem("configuration", str(error), "")
    else:
        yield ok("configuration", f"{len(plan.variants)} variants")
    if any(options.reads_truth() for options in plan.variants.values()) and not any(e.mask for e in listing.entries):
        yield problem(
            "configuration", "a variant reads truth, and no picture has a mask", "add masks, or drop the variant"
        )
    if len(patient.sizes) and max(map(max, patient.sizes)) > plan.config.dataset.max_side:
        longest = max(map(max, patient.sizes))
        limit = plan.config.dataset.max_side
        yield problem("data", f"pictures of {longest} pixels, but `max_side` is {limit}", "shrink them or raise it")
    untagged = [e for e in listing.entries if e.split == "train" and e.tags is None]
    if untagged and plan.config.of_stage("seeds") and not listing.problems:
        yield warning("data", f"{len(untagged)} training pictures have no tags, which seeds need", "add their tags")
