from pathlib import Path

import numpy as np
import pytest

from pipeline.config.classifiers.i2crc import I2crcClassifier
from pipeline.config.networks import Optimiser
from pipeline.machines.training import rate_of
from pipeline.methods.schedules import polynomial_decay, step_decay

GOLDEN = np.load(Path(__file__).parents[1] / "golden" / "i2crc" / "schedules.npz")


def test_the_classifier_s_rates_are_those_of_the_reference():
    options = I2crcClassifier.model_validate({"saliency": "saliency/net"})
    groups = [1, options.bias_lr_factor, options.head_lr_factor, options.head_lr_factor * options.bias_lr_factor]
    found = [
        [options.lr * group * rate_of(epoch * 2117 + 7, options, 2117, 63_510) for group in groups]
        for epoch in range(options.epochs)
    ]
    np.testing.assert_allclose(found, GOLDEN["cls_lr_per_epoch"], rtol=0, atol=1e-12)


def test_the_segmenter_s_rates_are_those_of_the_reference():
    settings = Optimiser(epochs=1, steps=20_000, lr=2.5e-4, power=0.9, lr_every=10)
    found = [settings.lr * rate_of(int(t) - 1, settings, 1058, 20_000) for t in GOLDEN["seg_iter"]]
    np.testing.assert_allclose(found, GOLDEN["seg_lr_used"], rtol=0, atol=1e-12)
    assert rate_of(20_000, settings, 1058, 20_000) == GOLDEN["seg_lr_after_last"]


@pytest.mark.parametrize(("step", "share"), [(0, 1), (50, 0.75), (100, 0.5), (120, 0.5)])
def test_the_polynomial_decay_ends_at_its_floor(step, share):
    assert polynomial_decay(step, 100, 1, floor=0.5) == share


@pytest.mark.parametrize(("epoch", "rate"), [(0, 1), (4, 1), (5, 0.1), (9, 0.1), (10, 0.01), (29, 0.01)])
def test_a_step_decay_changes_at_the_start_of_its_epochs(epoch, rate):
    assert step_decay(epoch, [5, 10], 0.1) == pytest.approx(rate)
