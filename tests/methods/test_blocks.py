import numpy as np
import pytest

from seedmask.methods.blocks import simulated_blocks
from seedmask.methods.weak_labels import UNLABELLED
from seedmask.testing.weak_labels import AnnotationContract, truth


class TestSimulatedBlocks(AnnotationContract):
    def labels(self, mask, rng):
        return simulated_blocks(mask, rng, share=0.5, side=8)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("size", [(64, 96), (61, 83)])
def test_blocks_cover_their_share_to_a_row(share, size):
    mask = np.ones(size, np.uint8)
    labels = simulated_blocks(mask, np.random.default_rng(0), share=share, side=16)
    assert 0 <= (labels == 1).sum() - share * mask.size < 16 + 1


def test_blocks_are_whole_cells_of_a_grid_but_for_the_last():
    labels = simulated_blocks(np.ones((64, 64), np.uint8), np.random.default_rng(1), share=0.3, side=16)
    cells = (labels == 1).reshape(4, 16, 4, 16).mean(axis=(1, 3)).ravel()
    assert sorted(cells)[-4:] == [1, 1, 1, 1]
    assert sum(0 < share < 1 for share in cells) <= 1


def test_other_generators_choose_other_cells():
    mask = truth()
    found = [simulated_blocks(mask, np.random.default_rng(seed), share=0.2, side=8) != UNLABELLED for seed in (0, 1)]
    assert (found[0] != found[1]).any()
