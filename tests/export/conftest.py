"""The run that the tests of this folder share."""

from segmenter_kit import copied, here, made

__all__ = ["copied", "here", "made"]
