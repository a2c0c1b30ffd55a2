import pytest
import torch
from head_kit import random_model, saved

from seedmask.classifiers.cam.network import class_activation
from seedmask.classifiers.named.network import build
from seedmask.classifiers.named.options import NamedOptions as Options
from seedmask.networks.imagenet_head import Head, load_head
from seedmask.testing.classifiers import ClassifierContract, example_images

CHOSEN, CLASS_OF = torch.tensor([5, 3, 900, 7, 8]), torch.tensor([0, 1, 1, 2, 2])


@pytest.fixture(scope="module", params=["test_resnet", "test_convnext", "test_vit"])
def encoder(request, tmp_path_factory):
    """Options of an encoder with a head in a file."""
    path = saved(random_model(request.param), tmp_path_factory.mktemp("weights") / "whole.safetensors")
    return {"encoder": request.param, "weights": str(path), "output_stride": 16 if "vit" in request.param else 32}


class TestNamed(ClassifierContract):
    @pytest.fixture(autouse=True, params=["mean", "softmax", "best"])
    def _options(self, encoder, request):
        self.options = Options(**encoder, rows=request.param)

    def network(self, first_weights):
        network = build(self.options, 3, first_weights=first_weights)
        if first_weights:
            head = load_head(self.options)
            network.set_rows(head.weight, head.bias, CHOSEN, CLASS_OF)
        return network


@torch.no_grad()
def test_maps_of_a_plain_encoder_are_those_of_its_rows_less_the_mean_of_all(tmp_path):
    model = random_model("test_resnet")
    path = str(saved(model, tmp_path / "whole.safetensors"))
    options = Options(encoder="test_resnet", weights=path, output_stride=32, rows="mean")
    network = build(options, 2).eval()
    head: Head = load_head(options)
    network.set_rows(head.weight, head.bias, torch.tensor([1, 4, 9]), torch.tensor([0, 0, 1]))
    weight = model.fc.weight
    rows = torch.stack([(weight[1] + weight[4]) / 2, weight[9]]) - weight.mean(0)
    features = network.encoder(example_images())
    torch.testing.assert_close(network.score_maps(example_images()), class_activation(features, rows))
    logits = model.get_classifier()(features.mean((2, 3)))
    expected = torch.stack([logits[:, [1, 4]].mean(1), logits[:, 9]], 1) - logits.mean(1, keepdim=True)
    bias = model.fc.bias
    offset = torch.stack([(bias[1] + bias[4]) / 2, bias[9]]) - bias.mean()
    torch.testing.assert_close(network.logits(example_images()) + offset, expected)


def test_its_weights_hold_the_rows_of_the_classes_alone(encoder):
    network = build(Options(**encoder), 3)
    head = load_head(Options(**encoder))
    network.set_rows(head.weight, head.bias, CHOSEN, CLASS_OF)
    state = network.state_dict()
    own = {name: tuple(tensor.shape) for name, tensor in state.items() if not name.startswith("encoder.")}
    assert own == {"rows": (5, head.weight.shape[1]), "bias": (5,), "class_of": (5,)}
    assert not any(1000 in tensor.shape for tensor in state.values())
