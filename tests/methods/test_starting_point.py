import torch

from seedmask.methods.starting_point import coupled, decoupled


def test_the_coupled_pull_is_the_gradient_of_the_penalty():
    weights = torch.tensor([1.0, -2.0, 3.0], dtype=torch.float64, requires_grad=True)
    start = torch.tensor([0.5, 0.0, 3.0], dtype=torch.float64)
    (0.3 / 2 * (weights - start).square().sum()).backward()
    gradient = torch.tensor([1.0, 1.0, 1.0], dtype=torch.float64)
    torch.testing.assert_close(coupled(gradient, weights.detach(), start, 0.3), gradient + weights.grad)


def test_the_decoupled_pull_goes_the_same_share_of_the_way_back():
    weights, start = torch.tensor([1.0, -2.0, 3.0]), torch.tensor([0.0, 0.0, 3.0])
    torch.testing.assert_close(decoupled(weights, start, decay=0.5, rate=0.1), torch.tensor([0.95, -1.9, 3.0]))
    torch.testing.assert_close(decoupled(weights, start, decay=2.0, rate=0.5), start)
