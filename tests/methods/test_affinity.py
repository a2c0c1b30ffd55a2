import numpy as np
import pytest
import torch

from seedmask.methods import affinity
from seedmask.methods.affinity import affinity_cams, carried
from seedmask.testing.seeds import NetworkSeedContract, example_image, toy_scores


def brightness(image, classes):
    """Activation of each class: the picture's brightness, shifted."""
    grey = image.mean(axis=2, dtype=np.float32) / 255
    return np.array([np.roll(grey, int(c), axis=1) for c in classes], np.float32).reshape(-1, *grey.shape)


class TestAffinityCams(NetworkSeedContract):
    def network_cams(self, score_maps, image, classes):
        return affinity_cams(score_maps, image, brightness(image, classes))

    def test_a_class_without_positive_scores_has_an_empty_cam(self):
        """Here the scores are features: a map without activation stays empty."""
        image = example_image()
        assert not affinity_cams(toy_scores(), image, np.zeros((1, 20, 30), np.float32)).any()


def test_the_formula_place_by_place():
    random = np.random.default_rng(0)
    features = [torch.from_numpy(random.normal(size=(4, 6))).float() for _ in range(2)]
    directions = [one / one.norm(dim=0) for one in features]
    activations = torch.from_numpy(random.random((3, 6))).float()
    found = carried(activations, directions, 2)
    for i in range(6):
        weights = []
        for j in range(6):
            cosines = [float(torch.nn.functional.cosine_similarity(f[:, i], f[:, j], dim=0)) for f in features]
            weights.append(1.0 if i == j else np.mean([max(cosine, 0) for cosine in cosines]) ** 2)
        wanted = (activations.numpy() * weights).sum(axis=1) / np.sum(weights)
        np.testing.assert_allclose(found[:, i], wanted, rtol=1e-5)


def test_it_does_not_matter_how_many_places_are_in_memory_at_once(monkeypatch):
    image = example_image(32, 40)
    whole = affinity_cams(toy_scores(), image, brightness(image, [0, 1]))
    monkeypatch.setattr(affinity, "ROWS", 7)
    np.testing.assert_allclose(affinity_cams(toy_scores(), image, brightness(image, [0, 1])), whole, atol=1e-6)


def test_activation_spreads_over_what_looks_alike_and_not_over_the_rest():
    image = np.zeros((16, 32, 3), np.uint8)
    image[:, :16] = 255
    cams = np.zeros((1, 16, 32), np.float32)
    cams[0, :4, :4] = 1
    found = affinity_cams(lambda x: torch.nn.functional.avg_pool2d(x, 4), image, cams, scales=(1.0,))
    assert found[0, :, :12].min() > 0.2
    assert found[0, :, 20:].max() < 0.01
    assert found[0, 1, 1] == pytest.approx(1, abs=1e-3)


def test_what_all_places_share_does_not_make_them_alike():
    """A constant added to all features changes nothing; without taking it off everything would be alike."""
    image = example_image()
    plain = affinity_cams(toy_scores(), image, brightness(image, [0]))
    shifted = affinity_cams(lambda x: toy_scores()(x) + 100, image, brightness(image, [0]))
    np.testing.assert_allclose(shifted, plain, atol=1e-3)


def test_a_mirrored_picture_has_mirrored_maps():
    image, network = example_image(24, 32), lambda x: torch.nn.functional.avg_pool2d(x, 4)
    plain = affinity_cams(network, image, brightness(image, [0]), scales=(1.0,))
    cams = np.ascontiguousarray(brightness(image, [0])[..., ::-1])
    mirrored = affinity_cams(network, image[:, ::-1].copy(), cams, scales=(1.0,))
    np.testing.assert_allclose(mirrored[..., ::-1], plain, atol=1e-5)


def test_a_share_of_the_given_activation_is_kept():
    image = example_image()
    given, spread = brightness(image, [0]), affinity_cams(toy_scores(), image, brightness(image, [0]))
    kept = affinity_cams(toy_scores(), image, given, keep=0.25)
    np.testing.assert_allclose(kept, 0.75 * spread + 0.25 * given, atol=1e-6)


def test_maps_of_another_size_are_refused():
    with pytest.raises(ValueError, match="CAMs of 4x5 for an image of 20x30"):
        affinity_cams(toy_scores(), example_image(), np.zeros((1, 4, 5), np.float32))
