"""What only a card can show: `make gpu` runs this on a machine that has one."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from networks_kit import network_of

from seedmask.errors import SeedmaskError
from seedmask.inference.bfloat16 import has_bfloat16, in_bfloat16
from seedmask.inference.out_of_memory import empty_cache, run_within_memory
from seedmask.inference.tracing import random_images
from seedmask.methods.multi_scale import multi_scale_cam
from seedmask.runs.gpus.cards import gpus, refusal
from seedmask.runs.gpus.leases import lease
from seedmask.storage.at_once import IN_HAND, in_order

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here: `make gpu` needs one")

GREY_LEVEL = 1 / 255
GROUP = """
import os
import torch
from torch import distributed

distributed.init_process_group("nccl", rank=0, world_size=1, store=distributed.HashStore())
value = torch.ones(3, device="cuda")
distributed.all_reduce(value)
print(value.tolist())
distributed.destroy_process_group()
"""
HELD = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"


def test_torch_sees_the_cards_that_jobs_lease_and_the_driver_refuses_none():
    assert len(gpus()) == torch.cuda.device_count()
    assert [refusal(card) for card in gpus()] == [None] * len(gpus())


def test_a_leased_card_is_visible_alone(monkeypatch):
    monkeypatch.setattr(os, "environ", dict(os.environ))
    with lease(1) as device:
        held = subprocess.run([sys.executable, "-c", HELD], env=os.environ, capture_output=True, text=True, check=True)
    assert device == "cuda"
    assert held.stdout.strip() in gpus()


def test_processes_of_a_training_reach_each_other_by_nccl():
    made = subprocess.run([sys.executable, "-c", GROUP], capture_output=True, text=True, timeout=120, check=False)
    assert json.loads(made.stdout) == [1.0, 1.0, 1.0], made.stderr


def test_cams_are_those_of_a_cpu_to_a_grey_level_however_many_images_are_in_hand():
    network = network_of("cam")
    images = [np.random.default_rng(seed).integers(0, 256, (97, 130, 3), np.uint8) for seed in range(8)]

    def cams(device: str, at_once: int) -> list[np.ndarray]:
        score_maps = network.to(device).score_maps
        one = lambda image: multi_scale_cam(score_maps, image, (0, 1), (0.5, 1.0), device=device)  # noqa: E731
        return list(in_order(one, images, at_once))

    alone, together = cams("cuda", 1), cams("cuda", IN_HAND["cuda"])
    expected = cams("cpu", 1)
    for one, other, cpu in zip(alone, together, expected, strict=True):
        np.testing.assert_array_equal(one, other)
        assert np.abs(one - cpu).max() <= GREY_LEVEL


@pytest.mark.skipif(not (torch.cuda.is_available() and has_bfloat16("cuda")), reason="this GPU has no bfloat16")
def test_bfloat16_has_nearly_the_same_numbers():
    network, images = network_of("cam").to("cuda"), random_images(2, 97, 130).to("cuda")
    with torch.no_grad():
        expected = network.score_maps(images)
        found = in_bfloat16("classifiers/x", network, "score_maps", "cuda")(images)
    assert 0 < float((found - expected).abs().max()) <= 0.1 * float(expected.abs().max())


def test_a_batch_that_does_not_fit_is_halved_and_one_view_that_does_not_is_refused():
    empty_cache()
    free, _ = torch.cuda.mem_get_info()
    views = torch.zeros(2, 3, 8, 8, device="cuda")

    def needs(share: float):
        def function(images: torch.Tensor) -> torch.Tensor:
            torch.empty(int(len(images) * share * free), dtype=torch.uint8, device="cuda")
            return images + 1

        return function

    torch.testing.assert_close(run_within_memory(needs(0.6), views), views + 1)
    with pytest.raises(SeedmaskError, match="out of memory with 1 view of 8 x 8 pixels at once"):
        run_within_memory(needs(1.2), views)
