"""Memory of a step is counted from what the step keeps."""

import pytest
import torch

from seedmask.classifiers.cam.options import CamOptions
from seedmask.classifiers.seam.options import SeamOptions
from seedmask.classifiers.sfc.options import SfcOptions
from seedmask.segmenters.trained.options import SegmenterOptions
from seedmask.testing.recipes.memory import build, step_bytes

SMALL = {"encoder": "resnet18.tv_in1k", "weights": "none", "augmentation": {"crop": 64}}
OPTIONS = {
    "cam": CamOptions(**SMALL),
    "seam": SeamOptions(**SMALL, frozen_stages=0),
    "sfc": SfcOptions.model_validate({**SMALL, "output_stride": 16, "bank": {"draws": 0}}),
    "plain": SegmenterOptions.model_validate({**SMALL, "from": "masks/crf"}),
    "weak": SegmenterOptions.model_validate({**SMALL, "from": "weak_labels/points", "loss": {"name": "mixture"}}),
}


def with_batch(options, pictures):
    return step_bytes(options.model_copy(update={"batch_size": pictures}), classes=3)


@pytest.mark.parametrize("name", OPTIONS)
def test_numbers_count_once_and_activations_for_each_picture(name):
    options = OPTIONS[name]
    two, four, six = (with_batch(options, pictures) for pictures in (2, 4, 6))
    assert six - four == four - two > 0
    with torch.device("meta"):
        parameters = [one for one in build(options, 3).parameters() if one.requires_grad]
    fixed = 12 * sum(one.numel() for one in parameters)
    assert two - (four - two) == pytest.approx(fixed, rel=0.02)


def test_what_is_kept_is_what_autograd_keeps_of_a_real_step():
    options = OPTIONS["cam"].model_copy(update={"batch_size": 3})
    network, kept = build(options, 3).train(), {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor.untyped_storage()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(torch.zeros(3, 3, 64, 64))
    own = {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    activations = sum(storage.nbytes() for place, storage in kept.items() if place not in own)
    learned = sum(parameter.nbytes for parameter in network.parameters())
    assert step_bytes(options, 3) == pytest.approx(3 * learned + activations, rel=0.01)


def test_a_frozen_encoder_keeps_less():
    frozen = OPTIONS["cam"].model_copy(update={"frozen_stages": "all"})
    assert step_bytes(frozen, 3) < step_bytes(OPTIONS["cam"], 3) / 3
