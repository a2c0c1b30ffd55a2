"""How a trained network is computed: the engine and the number format must go together."""

import pytest
from pydantic import ValidationError

from seedmask.config.computing import ComputesNetwork
from seedmask.config.registry import options_of
from seedmask.seeds.multi_scale.options import MultiScaleOptions


@pytest.mark.parametrize("engine", ["auto", "torch"])
def test_bfloat16_is_computed_by_torch(engine):
    options = MultiScaleOptions.model_validate({"from": "classifiers/x", "engine": engine, "precision": "bfloat16"})
    assert (options.engine, options.precision) == (engine, "bfloat16")


def test_onnx_runtime_has_no_bfloat16():
    with pytest.raises(ValidationError, match=r"precision bfloat16: ONNX Runtime has it on no CPU; leave `engine` out"):
        ComputesNetwork(engine="onnx", precision="bfloat16")


def test_such_jobs_use_a_gpu():
    options = options_of("seeds", {"method": "multi_scale", "from": "classifiers/x"})
    assert isinstance(options, ComputesNetwork)
    assert options.gpu
