import inspect

import numpy as np
import pytest
import torch

from seedmask.methods import pmm
from seedmask.methods.coarse_logits import CoarseLogits
from seedmask.methods.crf import dense_crf
from seedmask.methods.crf_settings import PROPORTIONAL_CRF, SEGMENTER_CRF
from seedmask.methods.inference import probability_strips


def probabilities(network, image, scales, flip, **window):
    strips = probability_strips(network, image, scales, flip, **window)
    return torch.cat(list(strips)).permute(2, 0, 1).numpy()


SIGNATURES = {
    "coefficient_of_variation": {"cams": ..., "threshold": 0.05, "scale": 0.3},
    "smooth_cams": {"cams": ..., "threshold": 0.05, "scale": 0.3},
    "class_importance": {"cams": ..., "foreground": ...},
    "proportional_labels": {"cams": ..., "foreground": ..., "classes": ...},
    "proportional_mask": {
        "image": ...,
        "cams": ...,
        "classes": ...,
        "exponent": 11,
        "threshold": 0.05,
        "scale": 0.3,
        "crf": PROPORTIONAL_CRF,
    },
    "under_fitting_loss": {
        "logits": ...,
        "labels": ...,
        "mode": "clamp",
        "gate": 0.5,
        "limit": 0.5,
        "ignore_index": 255,
    },
    "tile_grid": {"width": ..., "height": ..., "scale": ..., "size": 448, "tile": 300},
    "tile_labels": {"confident": ..., "box": ..., "labels": ...},
    "multi_crop_cam": {"network": ..., "image": ..., "labels": ..., "scales": ..., "size": 448, "tile": 300},
    "multi_scale_cam": {"network": ..., "image": ..., "labels": ..., "scales": ...},
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_public_names_orders_and_defaults_are_fixed(name):
    parameters = inspect.signature(getattr(pmm, name)).parameters
    found = {key: ... if p.default is p.empty else p.default for key, p in parameters.items()}
    assert list(found.items())[: len(SIGNATURES[name])] == list(SIGNATURES[name].items())


def test_no_function_draws_from_global_random_states():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    image = np.zeros((4, 5, 3), np.uint8)
    pmm.multi_crop_cam(lambda x: x, image, [1, 0, 1], scales=(1,), size=8, tile=6)
    pmm.draw_tile(np.ones((1, 4, 5), bool), [1], [1], np.random.default_rng(0))
    pmm.proportional_mask(image, np.ones((1, 4, 5)), [0], crf=None)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_constant_predictor_gives_a_constant_cyclic_mask_of_the_image_s_size():
    image = np.random.default_rng(0).integers(0, 256, (24, 30, 3), dtype=np.uint8)

    def constant(x):
        return CoarseLogits(torch.tensor([0.0, 0.2, 2.0]).view(1, 3, 1, 1).expand(len(x), 3, 1, 1), x.shape[-2:])

    views = probabilities(constant, image, (0.5, 0.75, 1.0, 1.25, 1.5, 1.75), True, window=16, stride=12)
    mask = dense_crf(image, views, SEGMENTER_CRF).argmax(axis=0)
    assert mask.shape == (24, 30)
    assert (mask == 2).all()


def test_the_mean_of_twelve_views_is_one_view_for_a_network_that_turns_and_scales_with_the_image():
    image = np.zeros((24, 32, 3), np.uint8)
    image[:, :] = (250, 40, 90)

    def equivariant(x):
        return CoarseLogits(3 * x, x.shape[-2:])

    twelve = probabilities(equivariant, image, (0.5, 0.75, 1.0, 1.25, 1.5, 1.75), True, window=512, stride=480)
    one = probabilities(equivariant, image, (1.0,), False, window=512, stride=480)
    np.testing.assert_allclose(twelve, one, atol=1e-6)
