"""Networks by ONNX Runtime: the same numbers, one file made once, and what happens where that cannot be."""

import logging

import pytest
import torch
from networks_kit import ARCHITECTURES, CLASSIFIERS, EVERY_DAY, LEFT_TO_TORCH, network_of
from torch import nn

from seedmask.errors import SeedmaskError
from seedmask.inference import engine
from seedmask.inference.engine import NetworkSource, exported
from seedmask.inference.tracing import TracingError, random_images
from seedmask.methods.coarse_logits import CoarseLogits
from seedmask.networks.segmenter import as_segmenter
from seedmask.storage.traced import FOLDER, damaged_files

IMAGES = random_images(1, 64, 80)
SIZES = ((1, 97, 130), (2, 160, 128))


class Doubled(nn.Module):
    """Maps of half the size, and what they span."""

    def score_maps(self, images):
        return 2 * images[..., ::2, ::2]

    def coarse_logits(self, images):
        return CoarseLogits(self.score_maps(images), images.shape[-2:], align_corners=True)


class Strange(nn.Module):
    """Has no form in ONNX."""

    def score_maps(self, images):
        return images * torch.linalg.svdvals(images)[..., :1, None]


class OfOneSize(nn.Module):
    """Its answer depends on a size that the exporter takes for a constant."""

    def score_maps(self, images):
        return images * len(images[0, 0])


def source(folder, network=Doubled, made_of=0):
    built = []

    def build():
        built.append(network)
        return network().eval()

    return NetworkSource("classifiers/x", build, folder, made_of), built


def files(folder):
    return sorted(path.name for path in (folder / FOLDER).iterdir())


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in EVERY_DAY else pytest.mark.thorough)
        for name in (*CLASSIFIERS, *ARCHITECTURES)
    ],
)
def test_every_network_has_the_same_numbers_in_both_engines(name, tmp_path):
    network = network_of(name)
    functions = (CLASSIFIERS | ARCHITECTURES)[name][-1]
    for function in functions:
        made = NetworkSource("classifiers/x", lambda: network, tmp_path, [name])
        computed = made.function(function, "onnx", "cpu")
        for size in SIZES:
            images = random_images(*size)
            with torch.no_grad():
                expected, found = getattr(network, function)(images), computed(images)
            if isinstance(expected, torch.Tensor):
                expected, found = (expected,), (found,)
            assert len(expected) == len(found)
            for one, other in zip(expected, found, strict=True):
                if isinstance(one, torch.Tensor):
                    torch.testing.assert_close(other, one, rtol=0, atol=1e-4 * float(one.abs().max()))
                    if one.ndim == 4 and one.shape[1] > 1:
                        assert float((one.argmax(1) == other.argmax(1)).float().mean()) >= 0.999
                else:
                    assert other == (tuple(one) if isinstance(one, torch.Size) else one)
    assert not network.training
    assert not any(module.training for module in network.modules())


@pytest.mark.thorough
@pytest.mark.parametrize("name", LEFT_TO_TORCH)
def test_networks_that_onnx_does_not_have_are_known(name):
    with pytest.raises(TracingError):
        exported(network_of(name), "score_maps")


def test_a_named_tuple_comes_back_with_its_names_and_sizes(tmp_path):
    made, _ = source(tmp_path)
    found = made.function("coarse_logits", "onnx", "cpu")(random_images(2, 98, 133))
    assert found._fields == CoarseLogits._fields
    assert (found.maps.shape, found.size, found.align_corners) == ((2, 3, 49, 67), (98, 133), True)


def test_the_file_is_made_once_and_needs_no_network_afterwards(tmp_path):
    for built_before in (True, False):
        made, built = source(tmp_path)
        torch.testing.assert_close(made.function("score_maps", "auto", "cpu")(IMAGES), 2 * IMAGES[..., ::2, ::2])
        assert bool(built) is built_before
    assert len(files(tmp_path)) == 1


def test_without_a_folder_no_file_is_kept(tmp_path):
    made, built = source(None)
    torch.testing.assert_close(made.function("score_maps", "onnx", "cpu")(IMAGES), 2 * IMAGES[..., ::2, ::2])
    assert built
    assert [*tmp_path.iterdir()] == []


def test_other_weights_have_another_file_and_the_old_one_goes(tmp_path):
    for made_of in (0, 1):
        source(tmp_path, made_of=made_of)[0].function("score_maps", "auto", "cpu")(IMAGES)
        source(tmp_path, made_of=0)[0].function("coarse_logits", "auto", "cpu")(IMAGES)
    assert [name.split("-")[0] for name in files(tmp_path)] == ["coarse_logits", "score_maps"]
    made, built = source(tmp_path, made_of=0)
    made.function("score_maps", "auto", "cpu")(IMAGES)
    assert built


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_a_damaged_file_is_made_again(tmp_path, damage):
    source(tmp_path)[0].function("score_maps", "auto", "cpu")(IMAGES)
    (path,) = (tmp_path / FOLDER).iterdir()
    whole = path.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    path.write_bytes({"cut": whole[:middle], "flipped": flipped, "empty": b""}[damage])
    assert [*damaged_files(tmp_path)] == [path]
    made, built = source(tmp_path)
    torch.testing.assert_close(made.function("score_maps", "onnx", "cpu")(IMAGES), 2 * IMAGES[..., ::2, ::2])
    assert built
    assert [*damaged_files(tmp_path)] == []
    assert path.read_bytes() == whole


@pytest.mark.parametrize("network", [Strange, OfOneSize])
def test_what_onnx_does_not_have_is_left_to_torch_and_said(tmp_path, network, caplog):
    with caplog.at_level(logging.INFO):
        for _ in range(2):
            caplog.clear()
            made, _ = source(tmp_path, network)
            torch.testing.assert_close(made.function("score_maps", "auto", "cpu")(IMAGES), network().score_maps(IMAGES))
            assert "classifiers/x: torch computes it, which takes longer: " in caplog.text
    assert [name.endswith(".txt") for name in files(tmp_path)] == [True]  # and not tried again
    with pytest.raises(SeedmaskError, match=r"classifiers/x: .*; set `engine: torch`, or `auto`"):
        made.function("score_maps", "onnx", "cpu")(IMAGES)


def test_other_numbers_are_not_accepted():
    with pytest.raises(TracingError, match=r"its outputs in ONNX differ by .* from those of torch"):
        exported(OfOneSize().eval(), "score_maps")


def test_a_gpu_is_left_to_torch(tmp_path):
    made, _ = source(tmp_path)
    torch.testing.assert_close(made.function("score_maps", "auto", "cuda")(IMAGES), made.network.score_maps(IMAGES))
    with pytest.raises(SeedmaskError, match="there is a GPU, and ONNX Runtime computes on the CPU here; set `engine"):
        made.function("score_maps", "onnx", "cuda")(IMAGES)
    assert not (tmp_path / FOLDER).exists()


def test_a_missing_package_is_named(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(engine.importlib.util, "find_spec", lambda name: None)
    made, _ = source(tmp_path)
    with caplog.at_level(logging.INFO):
        made.function("score_maps", "auto", "cpu")(IMAGES)
    assert "onnx is not installed; `pip install 'seedmask[onnx]'`" in caplog.text
    with pytest.raises(SeedmaskError, match="onnx is not installed"):
        made.function("score_maps", "onnx", "cpu")(IMAGES)


def test_a_folder_that_cannot_be_written_costs_the_file_alone(tmp_path, monkeypatch, caplog):
    def refuse(*_):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    monkeypatch.setattr(engine, "only_writer", refuse)
    made, _ = source(tmp_path)
    with caplog.at_level(logging.INFO):
        found = made.function("score_maps", "auto", "cpu")(IMAGES)
    torch.testing.assert_close(found, 2 * IMAGES[..., ::2, ::2])
    assert "its ONNX file is made for this process alone" in caplog.text


def test_it_takes_as_many_threads_as_torch(tmp_path, monkeypatch):
    import onnxruntime

    seen = []
    real = onnxruntime.InferenceSession
    monkeypatch.setattr(
        onnxruntime,
        "InferenceSession",
        lambda data, options, **rest: seen.append(options) or real(data, options, **rest),
    )
    torch.set_num_threads(2)
    source(tmp_path)[0].function("score_maps", "onnx", "cpu")(IMAGES)
    assert {options.intra_op_num_threads for options in seen} == {2}


def test_images_that_onnx_runtime_fails_on_are_named(tmp_path):
    made, _ = source(tmp_path)
    with pytest.raises(
        SeedmaskError, match=r"classifiers/x: ONNX Runtime fails on images of 1 x 2 x 4 x 4: .*engine: t"
    ):
        made.function("score_maps", "onnx", "cpu")(torch.zeros(1, 2, 4, 4))


def test_an_architecture_from_outside_may_be_any_module(tmp_path):
    module = nn.Conv2d(3, 5, 1)
    made, _ = source(tmp_path, lambda: as_segmenter(module))
    found = CoarseLogits(*made.function("coarse_logits", "onnx", "cpu")(IMAGES))
    torch.testing.assert_close(found.maps, module(IMAGES).detach(), rtol=0, atol=1e-5)
    assert found.size == (64, 80)
