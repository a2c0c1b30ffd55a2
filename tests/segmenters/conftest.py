"""The run that the tests of this folder share."""

from segmenter_kit import copied, made

__all__ = ["copied", "made"]
