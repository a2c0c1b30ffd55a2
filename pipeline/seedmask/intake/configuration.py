"""Text of a configuration, with a comment on every line about when to change it."""

import importlib.util
import re
import shlex
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from seedmask.intake.chain import MaskChain
from seedmask.intake.contents import Contents
from seedmask.intake.facts import Size
from seedmask.runs.gpus import gpus
from seedmask.wordnet.match import match
from seedmask.wordnet.space import label_space

BATCH = 8
IMAGENET = 1000
"""Rows of an ImageNet head."""
HEAD_LENGTH = 10, 1200
"""Epochs and least steps of a head."""
SEGMENTER_LENGTH, ON_GPU = (2, 500), (5, 2000)
"""Epochs and least steps of a segmenter that starts from weights, without and with a GPU; the steps decide for up to
some 2,000 images, the epochs for more."""
FEW = 300
"""Pictures up to which heads start from names: on 100 photographs of scenes that gained 0.03 mIoU, on 240 of the demo's
it made no difference (docs/experiments.md)."""
SHARD_BYTES = 256 << 20
"""Activation maps that one job holds in memory at most."""


@dataclass(frozen=True)
class Scale:
    """Settings that follow from the number of images, their sizes, and the machine."""

    batch: int
    epochs: int
    least_steps: int
    crop: int
    scales: tuple[float, ...]
    shard_size: int
    gpu: bool
    few: bool
    """Whether the images are so few that rows of ImageNet's head know more than can be learned from them."""
    crf: bool
    """Whether the dense CRF is installed; otherwise PAR refines the masks."""


def scale_for(pictures: int, usual: Size, canvas: Size, slots: int) -> Scale:
    """Settings for a set.

    Args:
        pictures: number of training pictures.
        usual: usual shorter and longer side in pixels.
        canvas: width and height that hold every picture.
        slots: most classes in one picture.
    """
    gpu, batch = bool(gpus()), min(BATCH, pictures)
    epochs, least_steps = ON_GPU if gpu else SEGMENTER_LENGTH
    return Scale(
        batch=batch,
        epochs=epochs,
        least_steps=least_steps,
        crop=_crop(usual[0], 384 if gpu else 224),
        scales=(0.5, 1.0) if usual[1] > 700 else (1.0, 1.5),
        shard_size=_shard_size(pictures, canvas, slots, gpu),
        gpu=gpu,
        few=pictures <= FEW,
        crf=importlib.util.find_spec("pydensecrf") is not None,
    )


def _crop(short_side: int, most: int) -> int:
    """The largest multiple of 32 in most pictures."""
    return min(max(short_side // 32 * 32, 64), most)


def _shard_size(pictures: int, canvas: Size, slots: int, gpu: bool) -> int:
    wanted = (32 if pictures <= 2000 else 128) * (2 if gpu else 1)
    fitting = SHARD_BYTES // (canvas[0] * canvas[1] * slots)
    return next((size for size in (256, 128, 64, 32, 16, 8, 4, 2) if size <= min(wanted, fitting)), 1)


ENCODER, LARGER = "tf_efficientnet_lite0", "tf_efficientnet_lite2"
SCENES = ("cityscapes", "ade20k")
"""Kinds of labels, each a format, that are truth masks of whole scenes: networks learn from points in them."""
HEAD = """\
# Written by `seedmask init` for {folder}: {count} pictures.
# Every key is explained in docs/config.md. `seedmask check {file}` lists the jobs,
# `seedmask doctor {file}` says how long they take, and this runs them:
#   {run}
dataset:
  name: {name}  # results go to results/{name}
"""
END = "...\n"
"""Line that YAML writes after a plain value."""
DATASET_COMMENTS = {
    "format": "docs/own-data.md says what each format reads",
    "root": "tables of tags, classes and splits: edit them to correct a label",
    "pictures": "where the pictures are, seen from `root`",
    "masks": "truth masks",
    "training_masks": "truth masks to learn from; those above are for scores",
    "score_lists": "the pictures of a split that are scored; without a list, all that have a mask",
    "splits": "lists of the pictures; networks learn from `train`",
    "shard_size": "pictures in a job; fewer need less memory",
    "working_side": "larger pictures are read at it; `tiles: 1024` instead cuts them, where things are small",
    "tiles": "larger pictures are cut; `working_side: 2048` instead reads them at that size, which is faster",
}
RENDERED = "which of two objects a pixel of the truth is of; docs/own-data.md. `empty: drop` leaves out empty pictures"
TAGS = """\

# A network that learns the tags; it need not see where things are.
classifiers:
  cam:
    method: cam  # `sfc` and `seam` see more of a thing and train for longer: recipes/
    encoder: {encoder}  # any timm model; docs/methods/cam.md has some that are worth their download
    frozen_stages: all  # learns the head alone; 0 learns all layers, {slower}{head}
    epochs: {epochs}  # how often each picture is seen
    least_steps: {least_steps}  # more epochs than that where pictures are so few that they make fewer steps
    lr: 0.05  # with `frozen_stages: 0`, 0.01
    batch_size: {batch}  # pictures in a step
{saliency}
# Where it looks: a map for each tag of each picture.
seeds:
  cam:
    from: classifiers/cam
    scales: {scales}  # sizes of the picture; add 2.0 for small things, 0.5 for large ones
    flip: true  # the mirror image too; false halves the time
{seeds}
# Masks from the maps.
masks:
{masks}
"""
HEAD_FROM_NAMES = """
    head: named  # starts from ImageNet's rows for the words, as pictures are few; `seedmask check` lists them
    decay_to: start  # and is pulled back to them; without these two lines it is drawn at random"""
SALIENCY = """\

# What stands out, whatever it is. {why}:
# {so}.
saliency:
  net:
    model: u2netp  # learned from pixel masks of salient objects; without them: masks from `seeds/cam`, docs/own-data.md
    flip: true  # the mirror image too; false halves the time{zoom}
"""
ZOOM = """
    zoom: seeds/spread  # looks again where maps are active, for small things; without it, faster"""
SPREAD = """\
  spread:  # carried to what looks alike, from a head to the whole animal
    from: seeds/cam
    method: affinity
    encoder: {encoder}  # whose features say what is alike
    {strength}
  salient:  # and joined with saliency
    from: seeds/spread
    method: salient
    saliency: saliency/net
    mean: {mean}
    weight: {weight}  # of saliency, larger where maps are worse than it
"""
CRF = """\
  crf:
    from: {source}  # a second variant from the same maps is three more lines, and only it runs
    method: crf  # follows edges of the picture; `par` needs no compiler
    # threshold: {{mode: fixed, value: 0.3}}  # lower where masks are too small; else found from the maps"""
PAR = """\
  par:
    from: {source}
    method: par  # follows edges; `crf` is better but not installed: pip install 'seedmask[crf]'
    # threshold: {{mode: fixed, value: 0.3}}  # lower where masks are too small; else found from the maps"""
SALIENT = """\
  salient:
    from: {source}  # a second variant from the same maps is three more lines, and only it runs
    method: threshold  # `crf` follows edges; in scenes it mostly carries mistakes further
    # threshold: {{mode: fixed, value: 0.2}}  # higher where masks are too large; else found from the maps"""
POINTS = """\

# A point in each connected part of a class, simulated from the truth masks of `train` as an annotator would click it.
weak_labels:
  points:
    method: points
    from: truth  # points of people instead: `file: points.csv`, or PNGs with `folder` and `codes`
"""
MIXTURE = """
    loss: {name: mixture}  # learns from the pixels between the points too; `cross_entropy` from the points alone"""
SEGMENTER = """\

# A network that learns the masks, and sees things in pictures without tags too.
segmenters:
  {name}:
    from: {source}{loss}
    arch: DeepLabV3Plus  # any architecture of segmentation-models-pytorch
    epochs: {epochs}  # more where the log or the report says that the loss still falls
    least_steps: {least_steps}  # this too: it decides instead of `epochs` where pictures are few
    batch_size: {batch}  # fewer where memory ends
    optimiser: adamw  # `sgd` with `lr: 0.01` and `head_lr_factor: 10` is what papers train for long with
    lr: 0.0003  # lower where the loss jumps
    head_lr_factor: 3  # new layers learn so many times faster
    weight_decay: 0.01  # raise it where pictures are few
    augmentation: {{crop: {crop}, scale: [0.75, 1.5]}}  # a crop about as large as the shorter side

predictions:
  {name}: {{from: segmenters/{name}}}  # of every split; `crf: {{}}` refines them
"""


def configuration(
    contents: Contents, name: str, dataset: Mapping[str, Any], scale: Scale, chain: MaskChain | None, file: str
) -> str:
    """A whole configuration.

    Args:
        contents: what it is for.
        name: name of the data set.
        dataset: settings of the data set besides.
        scale: what depends on the number and sizes of the pictures.
        chain: how masks come from tags; None where they do not.
        file: name of the file that it is written to.
    """
    file = shlex.quote(file)
    run = "seedmask run" + f" {file}" * (file != "config.yaml")
    folder = " ".join(str(contents.scan.folder).split())
    text = HEAD.format(folder=folder, count=len(contents.splits), file=file, run=run, name=name)
    settings = {**dataset, "shard_size": scale.shard_size}
    comments = DATASET_COMMENTS | ({} if "pictures" in dataset else {"root": "where the pictures and their labels are"})
    comments |= {"masks": RENDERED} if dataset["format"] == "coco" else {}
    text += "".join(_line(key, value, comments.get(key, "")) for key, value in settings.items())
    learned = "points" if contents.kind in SCENES else "truth"
    if chain:
        learned, from_tags = _from_tags(contents, scale, chain)
        text += from_tags
    elif learned == "points":
        text += POINTS
    return text + SEGMENTER.format(
        name=learned,
        source={"truth": "truth  # the true masks", "points": "weak_labels/points"}.get(learned, f"masks/{learned}"),
        loss=MIXTURE * (learned == "points"),
        epochs=scale.epochs,
        least_steps=scale.least_steps,
        batch=scale.batch,
        crop=scale.crop,
    )


def learns_from_tags(contents: Contents) -> bool:
    """Whether masks have to be made from tags, because there is nothing better to learn from."""
    return contents.kind not in ("masks", *SCENES)


def _from_tags(contents: Contents, scale: Scale, chain: MaskChain) -> tuple[str, str]:
    """Name of the masks at the end of a chain, and the text of the stages up to them."""
    scenes = chain.kind == "scenes"
    encoder = LARGER if scenes else ENCODER
    saliency = seeds = ""
    if chain.kind == "maps":
        saliency = f"\n# Without saliency: {chain.why}.\n"
    else:
        saliency = SALIENCY.format(
            why=chain.why[:1].upper() + chain.why[1:],
            so="an object is where maps and saliency agree" if scenes else "either shows what the other one misses",
            zoom=ZOOM if scenes else "",
        )
        seeds = SPREAD.format(
            encoder=encoder,
            strength="power: 3  # larger carries less" if scenes else "keep: 0.5  # share of the maps as they were",
            mean="geometric  # an object is where both are" if scenes else "arithmetic  # an object is where either is",
            weight=0.7 if scenes else 0.5,
        )
    masks, how = ("salient", SALIENT) if scenes else ("crf", CRF) if scale.crf else ("par", PAR)
    return masks, TAGS.format(
        encoder=encoder,
        slower="minutes on this GPU" if scale.gpu else "far slower without a GPU",
        head=HEAD_FROM_NAMES if scale.few and known_by_name(contents.classes) else "",
        epochs=HEAD_LENGTH[0],
        least_steps=HEAD_LENGTH[1],
        batch=scale.batch,
        saliency=saliency,
        scales=list(scale.scales),
        seeds=seeds,
        masks=how.format(source="seeds/cam" if chain.kind == "maps" else "seeds/salient"),
    )


def known_by_name(classes: Sequence[str]) -> bool:
    """Whether ImageNet has rows for at least half of the classes, by their names alone."""
    matching = match(classes, label_space(IMAGENET), {})
    return 2 * len(matching.matches) >= len(classes)


def dataset_name(text: str) -> str:
    """Name of a data set from any text: small letters, digits and `_`."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub("[^a-z0-9]+", "_", plain).strip("_") or "pictures"


def _line(key: str, value: Any, comment: str) -> str:
    """A key of the data set, its comment behind or, if the line is too long, above."""
    written = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10**6)
    line = f"  {key}: {written.removesuffix(END).strip()}"
    short = len(line) + len(comment) < 110
    return f"{line}  # {comment}\n" if short else f"  # {comment}\n{line}\n"
