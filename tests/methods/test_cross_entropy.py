import torch

from seedmask.methods.cross_entropy import cross_entropy
from seedmask.testing.losses import LossContract, example


class TestCrossEntropy(LossContract):
    def loss(self, logits, labels):
        return cross_entropy(logits, labels)


def test_cross_entropy_is_the_mean_surprise_over_labelled_pixels():
    logits, labels = example()
    surprise = [
        -torch.log_softmax(logits[n, :, y, x], 0)[labels[n, y, x]] for n, y, x in (labels != 255).nonzero().tolist()
    ]
    torch.testing.assert_close(cross_entropy(logits, labels), torch.stack(surprise).mean())
