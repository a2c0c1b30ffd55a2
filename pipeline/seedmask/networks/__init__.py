"""Encoders, their first weights and heads, and the interfaces of the networks over them."""

from typing import Any

__all__ = ["build_encoder"]


def __getattr__(name: str) -> Any:
    # Late and by a text: the fingerprint of a job does not follow the import, and nothing imports torch in passing.
    from importlib import import_module

    if name != "build_encoder":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module("seedmask.networks.encoders").build_encoder
