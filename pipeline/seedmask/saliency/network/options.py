"""Options of saliency by a network that was trained elsewhere."""

from typing import Literal

from seedmask.config.base import Threads
from seedmask.saliency.options import SaliencyOptions

PACKAGED = {
    "u2netp": (
        "309c8469258dda742793dce0ebea8e6dd393174f89934733ecc8b14c76f4ddd8",
        "U2-Net-P (Qin et al., Pattern Recognition 2020), trained on DUTS-TR: pixel masks of salient objects",
    )
}
"""Networks that come in a package from PyPI, with the SHA-256 of the file and where they come from."""


class NetworkOptions(SaliencyOptions):
    """Saliency by U2-Net, at 320 x 320 pixels; runs on the CPU by onnxruntime."""

    method: Literal["network"] = "network"
    """Kind of saliency."""
    model: str = "u2netp"
    """`u2netp` (U2-Net-P from PyPI), or an ONNX file of another network of the U2-Net family."""
    model_sha256: str | None = None
    """Expected SHA-256 of the file; checked when given, and always for `u2netp`."""
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
        if self.model not in PACKAGED:
            return f"{self.model}: {self.origin or 'network of unknown training; say in `origin` what it learned from'}"
        sha256, origin = PACKAGED[self.model]
        return f"{self.origin or origin}; SHA-256 {sha256}"
