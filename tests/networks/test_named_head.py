import pytest
import torch
from head_kit import random_model, saved

from seedmask.config.networks import EncoderOptions as Options
from seedmask.errors import SeedmaskError
from seedmask.networks.encoders import Encoder
from seedmask.networks.imagenet_head import Head, PreLogits, check_fit, head_label_space, load_head
from seedmask.wordnet import label_space


@pytest.fixture
def options(tmp_path):
    """Options of a random model of some number of rows, written to a file."""

    def of(name="test_resnet", rows=1000, change=lambda state: state):
        model = random_model(name, rows)
        state = change(model.state_dict())
        path = tmp_path / "weights.pth"
        torch.save(state, path)
        return Options(encoder=name, weights=str(path)), model

    return of


def test_the_packaged_weights_bring_the_head_of_the_thousand_classes():
    options = Options()
    head = load_head(options)
    assert head.weight.shape == (1000, 1280)
    assert head.space == head_label_space(options)
    assert head.space.synsets[head.space.synsets.index("n02123045")] == "n02123045"
    encoder = Encoder(options.encoder, "packaged", None, 32).eval()
    assert head.weight.std() > 0.01
    assert PreLogits(encoder).is_identity


@pytest.mark.parametrize("name", ["test_resnet", "test_convnext", "test_vit", "resnetv2_18"])
def test_a_file_s_head_gives_the_model_s_own_logits(options, name):
    """resnetv2_18 has a 1 x 1 convolution as its head."""
    given, model = options(name)
    head = load_head(given)
    with torch.no_grad():
        picture = torch.rand(1, 3, *model.pretrained_cfg["input_size"][1:])
        read = model.forward_head(model.forward_features(picture), pre_logits=True).flatten(1)
        torch.testing.assert_close(read @ head.weight.T + head.bias, model(picture))
    assert head.space.name == "imagenet-1k"


def test_of_two_heads_the_mean_is_taken(options):
    given, model = options("deit_tiny_distilled_patch16_224")
    first, second = model.get_classifier()
    head = load_head(given)
    torch.testing.assert_close(head.weight, (first.weight + second.weight).detach() / 2)
    torch.testing.assert_close(head.bias, (first.bias + second.bias).detach() / 2)


@pytest.mark.parametrize("rows", [1001, 11821, 21843])
def test_the_label_space_is_that_of_the_number_of_rows(options, rows):
    given, _ = options(rows=rows)
    assert len(head_label_space(given).synsets) == rows
    assert load_head(given).weight.shape[0] == rows


def test_weights_that_are_random_bring_no_head():
    with pytest.raises(SeedmaskError, match=r"resnet18, weights 'none': brings no classification layer; name weights"):
        load_head(Options(encoder="resnet18", weights="none"))


def test_a_file_without_the_head_is_refused_with_the_missing_tensor(options):
    given, _ = options(change=lambda state: {key: t for key, t in state.items() if not key.startswith("fc.")})
    with pytest.raises(SeedmaskError, match=r"without the classification layer \(no tensor fc.weight\); name weights"):
        load_head(given)


def test_a_head_of_unknown_classes_is_refused_with_the_known_numbers(options):
    given, _ = options(rows=37)
    with pytest.raises(SeedmaskError, match=r"test_resnet, weights .*: no ImageNet label space has 37 .*1,000"):
        head_label_space(given)


def test_a_head_that_is_not_linear_is_refused(options):
    given, _ = options("levit_128s")
    with pytest.raises(SeedmaskError, match="levit_128s: its classification layer is a NormLinear, expected a linear"):
        load_head(given)


def test_a_head_that_sees_all_places_at_once_is_refused():
    options = Options(encoder="vgg11", weights="none")
    read = PreLogits(Encoder("vgg11", "none", None, 32))
    head = Head(torch.zeros(1000, 4096), torch.zeros(1000), label_space(1000))
    with pytest.raises(SeedmaskError, match="vgg11: its classification layer reads 4096 numbers, its features are 512"):
        check_fit(head, read, options)


def test_a_name_that_timm_does_not_know_is_refused():
    with pytest.raises(SeedmaskError, match="not a timm model"):
        load_head(Options(encoder="resnet19", weights="hub"))


class Offline:
    def __init__(self, *_, **__):
        raise OSError("Network is unreachable")


def test_the_label_space_of_timm_s_download_is_known_before_it_is_fetched(monkeypatch):
    monkeypatch.setattr("timm.create_model", Offline)
    options = Options(encoder="resnet18", weights="hub")
    assert head_label_space(options).name == "imagenet-1k"
    with pytest.raises(SeedmaskError, match=r"cannot be fetched .*unreachable"):
        load_head(options)


def test_a_download_without_a_head_is_refused_before_it_is_fetched(monkeypatch):
    monkeypatch.setattr("timm.create_model", Offline)
    options = Options(encoder="vit_small_patch14_dinov2", weights="hub")
    for function in (head_label_space, load_head):
        with pytest.raises(SeedmaskError, match="brings no classification layer"):
            function(options)


def test_timm_s_download_brings_its_head(monkeypatch):
    model = random_model("test_resnet")
    monkeypatch.setattr("timm.create_model", lambda *_, **given: model if given == {"pretrained": True} else None)
    head = load_head(Options(encoder="test_resnet", weights="hub"))
    assert torch.equal(head.weight, model.fc.weight)


def test_safetensors_are_read_too(tmp_path):
    model = random_model("test_resnet")
    options = Options(encoder="test_resnet", weights=str(saved(model, tmp_path / "x.safetensors")))
    assert torch.equal(load_head(options).bias, model.fc.bias)
