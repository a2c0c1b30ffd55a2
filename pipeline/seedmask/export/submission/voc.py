"""PASCAL VOC 2012, segmentation (development kit, section 5; the evaluation server's page on archives).

A PNG with VOC's palette for each of the 1,456 pictures of `test`, below `results`. Competition 5 is for methods that
learn from nothing but VOC's own data, competition 6 for all others; first weights from ImageNet are other data.
"""

from seedmask.dataset.formats.voc import VOC_CLASSES
from seedmask.export.submission.benchmark import Benchmark
from seedmask.export.submission.pictures import MaskPictures


def voc(competition: int) -> Benchmark:
    """Competition 5 or 6."""
    return Benchmark(
        title=f"PASCAL VOC 2012 (comp{competition})",
        classes=VOC_CLASSES,
        background=True,
        names=r"\d{4}_\d{6}",
        example="2008_000006",
        pictures=1_456,
        form=MaskPictures(
            values=tuple(range(21)),
            suffixes=(".tgz", ".tar.gz"),
            folder=f"results/VOC2012/Segmentation/comp{competition}_test_cls",
            coloured=True,
        ),
        own_data=competition == 5,
    )
