"""CRF kernels of a configuration, as the methods take them."""

from pipeline.config.crf import Crf
from pipeline.methods.crf import CRFSettings


def kernels(crf: Crf | None) -> CRFSettings | None:
    """None where the configuration leaves the CRF out."""
    return CRFSettings(**crf.model_dump()) if crf else None
