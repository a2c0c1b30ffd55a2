"""Several processes that share a batch, as torch's own launcher starts them."""

import subprocess
import sys

CODE = """
import sys, torch
from torch import distributed
from pipeline.config.classifiers.i2crc import RelationWeights
from pipeline.stages.classifiers.i2crc import total_loss

rank, store = int(sys.argv[1]), sys.argv[2]
draws = torch.Generator().manual_seed(0)
maps = torch.randn(4, 5, 4, 4, generator=draws)
saliency = torch.rand(4, 8, 8, generator=draws)
labels = torch.eye(5)[:4]
labels[0] = 1  # the halves have one and two pictures of a single class
weights = RelationWeights()

def gradient(maps, *rest):
    maps = maps.clone().requires_grad_()
    return torch.autograd.grad(total_loss(maps, *rest, weights), maps)[0]

whole = gradient(maps, saliency, labels)
distributed.init_process_group("gloo", f"file://{store}", rank=rank, world_size=2)
half = slice(2 * rank, 2 * rank + 2)
mine = gradient(maps[half], saliency[half], labels[half]) / 2  # as gradients are averaged over processes
torch.testing.assert_close(mine, whole[half], rtol=0, atol=1e-7)
distributed.destroy_process_group()
"""


def test_two_halves_of_a_batch_have_the_gradient_of_the_whole(tmp_path):
    started = [
        subprocess.Popen([sys.executable, "-c", CODE, str(rank), str(tmp_path / "store")], stderr=subprocess.PIPE)
        for rank in (0, 1)
    ]
    for process in started:
        _, told = process.communicate(timeout=120)
        assert process.returncode == 0, told.decode()
