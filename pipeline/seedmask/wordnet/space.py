"""Label spaces: which synset of WordNet each row of an ImageNet head stands for."""

from dataclasses import dataclass

from seedmask.errors import SeedmaskError

ROWS = (1000, 1001, 11221, 11821, 21841, 21842, 21843)
"""Heads that timm knows; ones of 1,001 rows have the background before the 1,000 classes."""


@dataclass(frozen=True)
class LabelSpace:
    """Synsets of the rows of a head."""

    name: str
    """timm's name, like `imagenet-1k`."""
    synsets: tuple[str, ...]
    """Row -> `n02121620`, a noun synset of WordNet 3.0; empty for other rows, like the background."""


def label_space(rows: int) -> LabelSpace:
    """The label space of a head, by the number of its rows.

    Raises:
        SeedmaskError: no label space that timm knows has as many.
    """
    import seedmask.vision  # noqa: F401  before timm, which imports torchvision

    from timm.data.imagenet_info import ImageNetInfo, infer_imagenet_subset  # isort: skip

    if rows not in ROWS:
        known = ", ".join(f"{count:,}" for count in ROWS)
        raise SeedmaskError(
            f"no ImageNet label space has {rows:,} classes (known: {known}), so the meaning of the head's rows "
            "is unknown; take an encoder whose weights were trained on one of these"
        )
    background = ("",) if rows == 1001 else ()
    name = infer_imagenet_subset({"num_classes": rows - len(background)})
    assert name is not None, rows
    synsets = tuple(ImageNetInfo(name).label_names())
    return LabelSpace(name + " with background" * len(background), (*background, *synsets))
