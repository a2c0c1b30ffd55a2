"""What every segmentation loss promises; a test class inherits `LossContract` and gives `loss`."""

import pytest
import torch


def example(size=(6, 8), seed=0):
    """Seeded logits (2, 4, H, W) and labels (2, H, W) with some ignored pixels."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 4, *size, generator=generator, dtype=torch.float64)
    labels = torch.randint(4, (2, *size), generator=generator)
    labels[torch.rand(labels.shape, generator=generator) < 0.2] = 255
    return logits, labels


class LossContract:
    """Logits of any size and labels with 255 for ignored to one finite number that can be trained on."""

    def loss(self, logits, labels):
        """Loss under test with its default settings."""
        raise NotImplementedError

    def test_ignored_pixels_change_nothing(self):
        logits, labels = example()
        changed = torch.where((labels == 255)[:, None], logits + 7, logits)
        torch.testing.assert_close(self.loss(changed, labels), self.loss(logits, labels))

    def test_ignored_pixels_get_no_gradient_and_others_do(self):
        logits, labels = example()
        logits.requires_grad_()
        (gradient,) = torch.autograd.grad(self.loss(logits, labels), logits)
        ignored = (labels == 255)[:, None].expand_as(logits)
        assert not gradient[ignored].any()
        assert gradient[~ignored].any()

    def test_a_batch_of_ignored_pixels_is_zero_with_zero_gradient(self):
        logits, labels = example()
        logits.requires_grad_()
        value = self.loss(logits, torch.full_like(labels, 255))
        (gradient,) = torch.autograd.grad(value, logits)
        assert value.item() == 0
        assert not gradient.any()

    def test_a_better_fit_costs_less(self):
        logits, labels = example()
        right = torch.nn.functional.one_hot(labels.where(labels != 255, 0), 4).permute(0, 3, 1, 2)
        assert self.loss(logits + 0.5 * right, labels) < self.loss(logits, labels)

    @pytest.mark.parametrize("size", [(3, 4), (12, 16)])
    def test_logits_of_another_size_are_resized_to_the_labels(self, size):
        logits, _ = example(size)
        _, labels = example()
        resized = torch.nn.functional.interpolate(logits, labels.shape[1:], mode="bilinear", align_corners=False)
        torch.testing.assert_close(self.loss(logits, labels), self.loss(resized, labels))
