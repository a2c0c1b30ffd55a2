from pipeline.config.crf import ProportionalCrf, RoughCrf, SegmenterCrf
from pipeline.machines.kernels import kernels
from pipeline.methods.crf import PROPORTIONAL_CRF, ROUGH_CRF, SEGMENTER_CRF


def test_the_defaults_of_a_configuration_are_the_methods_kernels():
    assert kernels(RoughCrf()) == ROUGH_CRF
    assert kernels(ProportionalCrf()) == PROPORTIONAL_CRF
    assert kernels(SegmenterCrf()) == SEGMENTER_CRF


def test_no_crf_stays_none():
    assert kernels(None) is None
