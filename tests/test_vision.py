import subprocess
import sys

import pytest

LATE = """
import sys
import seedmask.vision
import segmentation_models_pytorch, timm, torch, torchvision
from torch.compiler import disable
assert not {"torch._dynamo", "torch._dynamo.utils", "sympy"} & set(sys.modules)
assert disable.__module__ == "torch.compiler"
"""
TRANSFORMS = """
import seedmask.vision
import torch, torchvision
from torchvision.transforms import v2
assert v2.functional.horizontal_flip(torch.arange(2)[None]).tolist() == [[1, 0]]
"""
ASKED = """
from torch._dynamo.utils import is_compile_supported
asked = torchvision.ops.roi_align.__globals__["is_compile_supported"]
assert [asked(device) for device in ("cpu", "meta")] == [is_compile_supported(device) for device in ("cpu", "meta")]
"""
COMPILED = """
from timm.layers import disable_compiler
apart = disable_compiler(lambda x: x + 1)
assert apart(1) == 2
graphs = []
def backend(graph, inputs):
    graphs.append({node.target.__name__ for node in graph.graph.nodes if node.op == "call_function"})
    return graph.forward
compiled = torch.compile(lambda x: apart(x * 2) - 3, backend=backend)
assert compiled(torch.ones(2)).tolist() == [0, 0]
assert graphs == [{"mul"}, {"sub"}]  # what the compiler is kept from is in neither
"""
MORE = """
import sys
from seedmask.vision import COMPILER, late_compiler
with late_compiler():
    from torch._dynamo.utils import counters
assert sys.modules[COMPILER].counters is counters
"""


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(TRANSFORMS, id="transforms"),
        pytest.param(LATE + COMPILED, id="compiled"),
        pytest.param("import torch._dynamo" + TRANSFORMS, id="after the compiler", marks=pytest.mark.thorough),
        pytest.param(LATE + ASKED, id="asked", marks=pytest.mark.thorough),
        pytest.param(MORE, id="more of it", marks=pytest.mark.thorough),
    ],
)
def test_torchvision_and_timm_import_beside_the_installed_torch_and_its_compiler_when_it_is_used(code):
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
