import pytest
import torch

from seedmask.classifiers.boundary import network as boundary
from seedmask.classifiers.boundary.options import BoundaryOptions as Options
from seedmask.errors import SeedmaskError


def build(encoder="resnet18", **options):
    torch.manual_seed(0)
    return boundary.build(Options(**{"from": "masks/x"}, encoder=encoder, weights="none", **options), 3)


@pytest.mark.parametrize("encoder", ["resnet18", "tf_efficientnet_lite0"])
@pytest.mark.parametrize("size", [(64, 96), (33, 50)])
def test_fields_have_a_place_for_every_four_pixels(encoder, size):
    network = build(encoder).eval()
    grid = tuple(-(-length // 4) for length in size)
    with torch.no_grad():
        logits, displacement = network(torch.rand(2, 3, *size))
        assert logits.shape == (2, *grid)
        assert displacement.shape == (2, 2, *grid)
        torch.testing.assert_close(network.logits(torch.rand(1, 3, *size)).shape, torch.Size((1, *grid)))


def test_the_encoder_does_not_learn_and_both_branches_do():
    network = build().train()
    logits, displacement = network(torch.rand(2, 3, 64, 64))
    (logits.square().sum() + displacement.square().sum()).backward()
    assert all(p.grad is None for p in network.encoder.parameters())
    branches = [*network.boundary.named_parameters(), *network.displacement.named_parameters()]
    assert all(p.grad is not None and p.grad.any() for _, p in branches)
    assert not network.encoder.training


def test_the_branches_share_nothing_and_the_displacement_can_be_left_out():
    network = build().train()
    displacement = network(torch.rand(2, 3, 64, 64)).displacement
    displacement.sum().backward()
    assert all(p.grad is None for p in network.boundary.parameters())
    images = torch.rand(1, 3, 64, 64)
    alone = build(displacement=False).eval()
    assert alone(images).displacement is None
    with torch.no_grad():
        assert torch.equal(alone(images).logits, build().eval()(images).logits)


def test_the_boundary_learns_slowly_and_the_displacement_fast():
    network = build()
    assert network.pretrained() is network.boundary


def test_the_field_is_centred_by_its_mean_over_the_training():
    centred = boundary.Centred(share=0.5).train()
    field = torch.ones(1, 2, 2, 2) * torch.tensor([2.0, 4.0]).view(1, 2, 1, 1)
    assert torch.equal(centred(field), field)
    assert centred.mean.tolist() == [1, 2]
    centred(field)
    assert centred.mean.tolist() == [1.5, 3]
    assert (centred.eval()(field) == torch.tensor([0.5, 1.0]).view(1, 2, 1, 1)).all()
    assert centred.mean.tolist() == [1.5, 3]


def test_an_encoder_with_four_stages_is_refused():
    with pytest.raises(SeedmaskError, match="5 are needed"):
        build("convnext_atto", output_stride=32)
