"""Cityscapes, pixel-level semantic labelling (Cordts et al., CVPR 2016).

The server finds the one PNG that starts with `<city>_<sequence>_<frame>`, anywhere in a zip file, as
`evalPixelLevelSemanticLabeling.py` of cityscapesScripts does. Values are the ids of `labels.py` there, not the train
ids that networks have.
"""

from seedmask.dataset.formats.cityscapes import CLASSES
from seedmask.export.submission.benchmark import Benchmark
from seedmask.export.submission.pictures import MaskPictures

CITYSCAPES = Benchmark(
    title="Cityscapes",
    classes=tuple(CLASSES),
    background=False,
    names=r"[a-z-]+_\d{6}_\d{6}_leftImg8bit",
    example="berlin_000000_000019_leftImg8bit",
    pictures=1_525,
    form=MaskPictures(values=(None, *CLASSES.values())),
)
