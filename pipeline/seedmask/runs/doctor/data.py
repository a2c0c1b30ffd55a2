"""The configuration, the data set's lists, and first weights of networks."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

from seedmask.config.dataset import LONGEST_SIDE
from seedmask.config.elsewhere import NetworkFileOptions
from seedmask.config.networks import EncoderOptions
from seedmask.dataset.changes import classes_change, other_folder, picture_changes
from seedmask.dataset.index import set_path
from seedmask.errors import InputError, SeedmaskError
from seedmask.runs.doctor.diagnosis import Diagnosis, Finding, ok, problem, warning
from seedmask.saliency.network.options import NetworkOptions

SHOWN = 3
LARGE = f"write `working_side: {LONGEST_SIDE}` in its place, or `tiles: 1024` where things are small"


def check_data(diagnosis: Diagnosis) -> Iterator[Finding]:
    """Files that are named and not there, problems of the lists, splits that nothing has."""
    plan = diagnosis.plan
    listing = plan.listing
    for one in listing.problems[:SHOWN]:
        yield problem("data", f"{one.where}: {one.found}", one.remedy)
    if len(listing.problems) > SHOWN:
        yield problem("data", f"{len(listing.problems) - SHOWN} more problems", "`seedmask check` lists them all")
    if not listing.problems:
        splits = ", ".join(f"{name} {count}" for name, count in listing.split_rows.counts.items())
        truth = sum(entry.mask is not None for entry in listing.entries)
        masks = f"{truth} truth masks" if truth else "no truth masks, so no scores"
        yield ok("data", f"{len(listing.entries)} pictures ({splits}), {len(listing.classes)} classes, {masks}")
    yield from _since_indexed(diagnosis)
    try:
        plan.check()
    except InputError:
        pass  # the problems of the lists, from which others follow
    except SeedmaskError as error:
        yield problem("configuration", str(error), "")
    else:
        yield ok("configuration", f"{len(plan.variants)} variants")
    if any(options.reads_truth() for options in plan.variants.values()) and not any(
        e.mask or e.training_mask for e in listing.entries
    ):
        yield problem(
            "configuration", "a variant reads truth, and no picture has a mask", "add masks, or drop the variant"
        )
    longest, limit = max(map(max, diagnosis.sizes), default=0), plan.config.dataset.readable_side
    if longest > limit:
        yield problem("data", f"pictures of {longest} pixels, but `max_side` is {limit}", LARGE)
    from_truth = plan.config.dataset.tags_from_truth
    untagged = [e for e in listing.entries if e.split == "train" and e.tags is None and not (from_truth and e.mask)]
    if untagged and plan.config.of_stage("seeds") and not listing.problems:
        yield warning("data", f"{len(untagged)} training pictures have no tags, which seeds need", "add their tags")


def check_labels(diagnosis: Diagnosis) -> Iterator[Finding]:
    """Files of weak labels: missing ones, other sizes, unknown classes."""
    from seedmask.weak_labels.checking import label_problems

    if diagnosis.plan.listing.problems:
        return  # which pictures there are is not known
    problems = label_problems(diagnosis.plan)
    for one in problems[:SHOWN]:
        yield problem("weak labels", f"{one.where}: {one.found}", one.remedy)
    if len(problems) > SHOWN:
        yield problem("weak labels", f"{len(problems) - SHOWN} more problems", "`seedmask check` lists them all")
    labels = diagnosis.plan.config.of_stage("weak_labels").values()
    if not problems and any(options.files() for options in labels):
        yield ok("weak labels", f"{', '.join(dict.fromkeys(f for options in labels for f in options.files()))} fit")


def _since_indexed(diagnosis: Diagnosis) -> Iterator[Finding]:
    """What has changed since the index was made: the folder, the list of classes, pictures and their tags."""
    plan = diagnosis.plan
    if other := other_folder(plan.results, plan.listing, plan.config.dataset.root):
        yield (warning if other.same else problem)("data", str(other), other.remedy)
    if change := classes_change(plan.results, plan.listing):
        remedy = "a run trains again what learns the classes, and makes again what is made from it"
        yield warning("data", f"the list of classes has changed since the index was made: {change}", remedy)
    if other or not set_path(plan.results).exists():
        return
    if change := str(picture_changes(plan.results, plan.listing)):
        remedy = "a run indexes them, and makes again what depends on them"
        yield warning("data", f"pictures have changed since the index was made: {change}", remedy)


HUB_FILES = ("model.safetensors", "pytorch_model.bin")


def check_weights(diagnosis: Diagnosis) -> Iterator[Finding]:
    """Weights that are missing, are not the expected ones, or must be downloaded."""
    named = {
        (o.encoder, o.weights, o.weights_sha256): o for _, o in diagnosis.networks() if isinstance(o, EncoderOptions)
    }
    for options in named.values():
        yield from _first_weights(options)
    classes = max(1, len(diagnosis.plan.listing.classes))
    for _, options in diagnosis.plan.config.variants():
        if isinstance(options, NetworkFileOptions):
            yield _of_file(options, classes, diagnosis.plan.labels.background)
    for model, sha256 in {(o.model, o.model_sha256) for o in _saliency(diagnosis)}:
        from seedmask.saliency.network.network import network_file

        try:
            yield ok("weights", f"{model}: {network_file(model, sha256)[0]}")
        except SeedmaskError as error:
            yield problem("weights", *_found_and_remedy(error))


def _saliency(diagnosis: Diagnosis) -> Iterator[NetworkOptions]:
    return (options for options in diagnosis.plan.variants.values() if isinstance(options, NetworkOptions))


def _first_weights(options: EncoderOptions) -> Iterator[Finding]:
    from seedmask.networks.encoders import require_model
    from seedmask.networks.weights import weight_file, weights_identity

    name = options.encoder
    try:
        require_model(name)
        if options.weights == "none":
            yield warning("weights", f"{name} starts from random weights", "give some, unless this is meant")
        elif options.weights == "hub":
            yield from _on_the_hub(name)
        else:
            weights_identity(name, options.weights, options.weights_sha256)
            yield ok("weights", f"{name}: {weight_file(name, options.weights)}")
    except SeedmaskError as error:
        yield problem("weights", *_found_and_remedy(error))


def _of_file(options: NetworkFileOptions, classes: int, background: bool) -> Finding:
    """Whether a file holds the network that its options describe."""
    from seedmask.training.from_file import network_of_file

    try:
        network_of_file(options, classes, background)
    except SeedmaskError as error:
        return problem("weights", *_found_and_remedy(error))
    return ok("weights", f"{options.weights}: fits {options.network()} of {classes} classes")


def _on_the_hub(name: str) -> Iterator[Finding]:
    """Whether timm would find a model's weights on this machine; nothing is fetched."""
    import timm
    import torch
    from huggingface_hub import try_to_load_from_cache

    import seedmask.vision  # noqa: F401  before timm, which imports torchvision

    config = timm.get_pretrained_cfg(name)
    if config is None or not (config.hf_hub_id or config.url or config.file):
        yield problem("weights", f"timm has no weights of {name}", "choose another encoder, or name a file")
        return
    if config.hf_hub_id:
        files = (config.hf_hub_filename,) if config.hf_hub_filename else HUB_FILES
        cached = [path for file in files if isinstance(path := try_to_load_from_cache(config.hf_hub_id, file), str)]
        where = config.hf_hub_id
    else:
        file = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlparse(str(config.url)).path).name
        cached, where = [str(file)] if file.exists() else [], config.url
    if cached:
        yield ok("weights", f"{name}: {cached[0]}")
    else:
        yield warning("weights", f"{name}: not on this machine", f"the run downloads them from {where}")


def _found_and_remedy(error: SeedmaskError) -> tuple[str, str]:
    """The two parts of a message: what was found, and what to do."""
    found, _, remedy = str(error).partition("; ")
    return found, remedy
