import pytest

from seedmask.config.length import length_of
from seedmask.config.networks import Augmentation, Optimiser
from seedmask.intake import configuration as settings
from seedmask.intake.configuration import scale_for

LANDSCAPE = {"usual": (240, 320), "canvas": (320, 320), "slots": 2}


@pytest.fixture(autouse=True)
def without_a_gpu(monkeypatch):
    monkeypatch.setattr(settings, "gpus", lambda: ())


def test_a_set_of_the_demos_size_gets_the_demos_settings():
    scale = scale_for(240, **LANDSCAPE)
    assert (scale.batch, scale.crop, scale.shard_size) == (8, 224, 32)
    assert scale.scales == (1.0, 1.5)


@pytest.mark.parametrize("devices", [(), ("0",)])
def test_the_length_of_a_training_does_not_fall_with_the_number_of_pictures(monkeypatch, devices):
    monkeypatch.setattr(settings, "gpus", lambda: devices)
    lengths = []
    for pictures in (1, 10, 100, 1000, 10_000, 100_000):
        scale = scale_for(pictures, **LANDSCAPE)
        written = Optimiser(lr=1, epochs=scale.epochs, least_steps=scale.least_steps, batch_size=scale.batch)
        lengths.append(length_of(written, pictures))
    assert all(length.steps >= 500 for length in lengths)
    assert lengths[-1].steps > lengths[-2].steps > 2 * lengths[2].steps
    assert [length.epochs for length in lengths] == sorted((length.epochs for length in lengths), reverse=True)


def test_a_batch_is_no_larger_than_the_set():
    assert scale_for(3, **LANDSCAPE).batch == 3


@pytest.mark.parametrize(("short", "crop"), [(20, 64), (64, 64), (100, 96), (240, 224), (3000, 224)])
def test_a_crop_is_about_as_large_as_the_shorter_side(short, crop):
    assert scale_for(100, usual=(short, 2 * short), canvas=(2 * short, 2 * short), slots=1).crop == crop
    assert Augmentation(crop=crop).crop == crop


def test_a_shard_of_large_pictures_is_small():
    assert scale_for(100, usual=(3000, 4000), canvas=(4000, 4000), slots=4).shard_size == 4
    assert scale_for(5000, **LANDSCAPE).shard_size == 128


def test_a_gpu_is_used_for_longer_trainings_of_larger_crops(monkeypatch):
    monkeypatch.setattr(settings, "gpus", lambda: ("0",))
    scale = scale_for(240, usual=(480, 640), canvas=(640, 640), slots=1)
    assert (scale.gpu, scale.least_steps, scale.crop) == (True, 2000, 384)


@pytest.mark.parametrize(("pictures", "few"), [(40, True), (300, True), (301, False), (10_000, False)])
def test_a_head_starts_from_names_where_pictures_are_few(pictures, few):
    assert scale_for(pictures, **LANDSCAPE).few == few
