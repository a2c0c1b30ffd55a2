"""What every classifier that gives scores promises; a test class inherits `ClassifierContract` and gives `network`."""

import pytest
import torch


def example_images(height=64, width=96, count=2, seed=0):
    """Seeded RGB noise in 0..1 with a bright square, (N, 3, H, W)."""
    images = 0.5 * torch.rand(count, 3, height, width, generator=torch.Generator().manual_seed(seed))
    images[:, :, : height // 2, : width // 2] += 0.5
    return images


class ClassifierContract:
    """RGB images to a logit and a score map for each class, from a network that its weights alone bring back."""

    classes = 3
    """Number of classes of the network under test."""
    logit_is_mean = True
    """Whether the logit of a class is the mean of its score map."""

    def network(self, first_weights):
        """The network under test as its `build` gives it; with first weights also as its stage leaves it.

        Args:
            first_weights: False for a network that weights are to be loaded into.
        """
        raise NotImplementedError

    @pytest.fixture
    def built(self):
        torch.manual_seed(0)
        return self.network(first_weights=True).eval()

    @torch.no_grad()
    def test_every_picture_has_a_finite_logit_and_map_of_each_class(self, built):
        logits, maps = built.logits(example_images()), built.score_maps(example_images())
        assert logits.shape == (2, self.classes)
        assert maps.shape[:2] == (2, self.classes)
        assert maps.shape[2] / maps.shape[3] == 64 / 96
        assert logits.isfinite().all()
        assert maps.isfinite().all()

    @torch.no_grad()
    def test_maps_are_of_the_picture_s_own_places(self, built):
        assert built.score_maps(example_images()).std(dim=(2, 3)).gt(0).any()

    @torch.no_grad()
    def test_a_picture_s_answers_do_not_hang_on_the_others_of_the_batch(self, built):
        both, one = example_images(), example_images()[1:]
        torch.testing.assert_close(built.score_maps(both)[1:], built.score_maps(one), rtol=1e-3, atol=1e-4)
        torch.testing.assert_close(built.logits(both)[1:], built.logits(one), rtol=1e-3, atol=1e-4)

    @torch.no_grad()
    def test_the_logit_is_the_mean_of_the_map_where_it_is_said_to_be(self, built):
        if self.logit_is_mean:
            torch.testing.assert_close(
                built.score_maps(example_images()).mean(dim=(2, 3)), built.logits(example_images())
            )

    @torch.no_grad()
    def test_weights_alone_bring_the_network_back(self, built):
        torch.manual_seed(1)
        again = self.network(first_weights=False)
        again.load_state_dict(built.state_dict())
        again.eval()
        assert torch.equal(again.score_maps(example_images()), built.score_maps(example_images()))
        assert torch.equal(again.logits(example_images()), built.logits(example_images()))

    @torch.no_grad()
    def test_its_encoder_gives_the_features(self, built):
        assert built.encoder(example_images()).shape[:2] == (2, built.encoder.channels)
