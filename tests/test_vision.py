import subprocess
import sys

CODE = """
import seedmask.vision
import torch, torchvision
from torchvision.transforms import v2
assert v2.functional.horizontal_flip(torch.arange(2)[None]).tolist() == [[1, 0]]
"""


def test_torchvision_imports_beside_the_installed_torch():
    result = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
