"""Seedmask: from images with cheap labels to pixel masks and a trained segmenter.

In Python: `load_segmenter` for new pictures, `open_results` for what a run has made.
"""

__all__ = ["load_segmenter", "open_results"]


def __getattr__(name: str):
    # By a text, so that neither Snakemake nor the fingerprint of a job follows the import to torch.
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(
        import_module({"load_segmenter": "seedmask.prediction.segmenter"}.get(name, "seedmask.export.arrays")), name
    )
