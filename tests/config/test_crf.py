import pytest

from seedmask.config.crf import Crf, ProportionalCrf, RoughCrf, SegmenterCrf
from seedmask.methods.crf_settings import LABEL_CRF, PROPORTIONAL_CRF, ROUGH_CRF, SEGMENTER_CRF


@pytest.mark.parametrize(
    ("options", "preset"),
    [(Crf, LABEL_CRF), (RoughCrf, ROUGH_CRF), (SegmenterCrf, SEGMENTER_CRF), (ProportionalCrf, PROPORTIONAL_CRF)],
)
def test_the_defaults_of_a_configuration_are_those_of_the_methods(options, preset):
    assert options().settings() == preset
