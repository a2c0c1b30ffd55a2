"""Options that all weak labels share: where they come from, and what the numbers in PNGs mean."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from seedmask.config.base import Name, NonNegativeInt, Same, Settings, VariantOf
from seedmask.config.variant import Fit, Variant

Byte = Annotated[int, Field(ge=0, le=255)]


class LabelCodes(Settings):
    """What PNGs of labels are called, and what the numbers in them mean.

    Data sets write unlabelled pixels in three ways: 255, 0 and the number of classes. None is assumed.
    """

    unlabelled: Byte
    """Number of unlabelled pixels."""
    background: Byte | None = 0
    """Number of background; `null` where the files label none."""
    void: Byte | None = None
    """Number of void pixels, which are no part of the picture and are ignored; `null` where there are none."""
    first: Annotated[int, Field(ge=0, le=1)] = 1
    """Number of the first class, 2 or 1 of the second, and so on: 0 where no number stands for background, as in
    Cityscapes' training ids."""

    def without_background(self: Same) -> Same:
        """No number is that of background."""
        return self.unless_given(background=None)

    ending: Annotated[str, Field(pattern=r"\.png$")] = ".png"
    """What follows the image's id in the name of its file, like `_gtFine_labelTrainIds.png`."""

    @model_validator(mode="after")
    def _codes_differ(self):
        if self.first == 0 and self.background == 0:
            raise ValueError("0 is both background and the first class; write `background: null`, or `first: 1`")
        codes = [code for code in (self.unlabelled, self.background, self.void) if code is not None]
        if len(set(codes)) < len(codes):
            raise ValueError(
                f"unlabelled {self.unlabelled}, background {self.background}, void {self.void}: each needs a number of "
                "its own; where 0 is unlabelled and no background is labelled, write `background: null`"
            )
        return self


class WeakLabelsOptions(Variant):
    """Labels of some pixels of each picture; the others are unlabelled, which is not the same as ignored."""

    splits: tuple[Name, ...] = ("train",)
    """Splits to make labels for."""

    def pixel_labels(self) -> str:
        """Simulated labels stand for an annotator's; `provenance` says so."""
        return ""


class AnnotationOptions(WeakLabelsOptions):
    """Labels that people gave: read from files, or simulated from the true masks as if people had given them."""

    kind: ClassVar[str]
    """Plural name for people; the module `fit` beside the options reads files of these labels that are no PNGs."""

    truth: Annotated[Literal["truth"] | None, VariantOf((), truth=True)] = Field(default=None, alias="from")
    """`truth` simulates them from the true masks, for studies; without it they are read from files."""
    file: str | None = None
    """File with the labels of all pictures, relative to the working directory."""
    folder: str | None = None
    """Folder with a file for each picture, named by the image's id, relative to the working directory."""

    @model_validator(mode="after")
    def _one_source(self):
        given = [name for name, value in (("from", self.truth), ("file", self.file), ("folder", self.folder)) if value]
        if len(given) != 1:
            there = " and ".join(f"`{name}`" for name in given) or "none of them"
            raise ValueError(f"`file`, `folder` or `from: truth`: expected one of them, found {there}")
        return self

    def fit(self) -> Fit | None:
        """A file of all images is read once, and cut into the part that each shard's job reads."""
        if not self.file:
            return None
        return Fit(self.module_beside("fit"), {"file": self.file, **self.reading()}, files=(self.file,))

    def reading(self) -> Mapping[str, Any]:
        """Options that change how the file is read."""
        return {}

    def files(self) -> tuple[str, ...]:
        """The user's file or folder."""
        return tuple(name for name in (self.file, self.folder) if name)

    def families(self) -> tuple[str, ...]:
        """Labels of people are more than tags, drawn or simulated."""
        return (self.kind,)

    def provenance(self) -> str:
        """How they were simulated."""
        return f"{self.kind} simulated from the true masks ({self.simulation()})" if self.truth else ""

    def simulation(self) -> str:
        """How they are simulated, for people."""
        raise NotImplementedError


class DrawnLabelsOptions(AnnotationOptions):
    """Labels pixel by pixel: the files of a folder are PNGs, and simulated ones are drawn at random."""

    has_other_files: ClassVar[bool] = False
    """Whether files of a folder may be others than PNGs; then they are PNGs if there are `codes`."""

    codes: LabelCodes | None = None
    """What the numbers in PNGs mean; required with a `folder` of PNGs."""
    seed: NonNegativeInt = 0
    """Seed of the simulation."""

    @model_validator(mode="after")
    def _codes_with_pngs(self):
        if self.codes is None and self.folder and self.has_other_files:
            return self
        if (self.codes is None) == bool(self.folder):
            what = "is missing; it says which number in the PNGs is unlabelled" if self.folder else "is for `folder`"
            raise ValueError(f"`codes` {what}: `codes: {{unlabelled: 255}}`")
        return self


class MarkedLabelsOptions(DrawnLabelsOptions):
    """Labels at positions in the picture, where they come from a file of positions and not from PNGs."""

    outside: Literal["refuse", "leave_out"] = "refuse"
    """What is done with positions outside their picture, some of which published files hold: `leave_out` counts."""

    def reading(self) -> Mapping[str, Any]:
        """What is done with positions outside."""
        return {"outside": self.outside}
