"""Options of segmenters that another program trained."""

from typing import Any, Literal

from pydantic import Field

from seedmask.config.elsewhere import NetworkFileOptions
from seedmask.config.registry import rebuilt
from seedmask.config.variant import Component
from seedmask.segmenters.options import SegmenterNetworkOptions


@rebuilt
class StoredNetworkOptions(SegmenterNetworkOptions):
    """The network that a file was saved from; its first weights do not matter."""

    weights: Literal["none"] = "none"  # pyright: ignore[reportIncompatibleVariableOverride]  nothing assigns to it
    """The file has them."""
    weights_sha256: None = None  # pyright: ignore[reportIncompatibleVariableOverride]  nothing assigns to it
    """That of the file stands beside `weights` of the segmenter."""


@rebuilt
class SegmenterFileOptions(NetworkFileOptions):
    """A segmenter that another program trained, from a file: of a paper, or of a run elsewhere.

    Its labels are background, where the data set has one, and the classes of the data set, in their order.
    """

    method: Literal["file"] = "file"
    """Kind of segmenter."""
    stored: StoredNetworkOptions = Field(alias="network")
    """The network that the file was saved from."""

    @property
    def gives(self) -> tuple[str, ...]:
        """What its network gives beside logits."""
        return self.stored.gives

    def parts(self) -> dict[str, Component]:
        """Its method and its network."""
        return {"method": self, "arch": self.stored.arch}

    def modules(self) -> tuple[str, ...]:
        """The module of the network."""
        return (self.stored.network(),)

    def network(self) -> str:
        """The module of the architecture."""
        return self.stored.network()

    def network_options(self) -> StoredNetworkOptions:
        """The keys below `network`."""
        return self.stored

    def network_arguments(self, classes: int, background: bool = True) -> tuple[Any, ...]:
        """Those of the network that the file was saved from."""
        return self.stored.network_arguments(classes, background)
