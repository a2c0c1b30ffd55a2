import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pipeline"
HEAVY = {
    "torch",
    "torchvision",
    "numpy",
    "zarr",
    "PIL",
    "timm",
    "scipy",
    "segmentation_models_pytorch",
    "pandas",
    "xarray",
    "onnx",
    "onnxruntime",
    "skimage",
    "cv2",
}
MODULES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path
    for path in PACKAGE.rglob("*.py")
}

ALLOWED = {
    "errors": set(),
    "fingerprint": {"errors"},
    "vision": {"errors"},
    "job": {"fingerprint"},
    "devices": {"errors", "job"},
    "config": {"errors"},
    "methods": {"errors"},
    "evaluation": {"errors"},
    "nets": {"methods", "config", "errors", "vision", "words"},
    "words": {"config", "data", "errors", "vision"},
    "data": {"config", "errors", "fingerprint", "methods", "storage", "vision"},
    "storage": {"data", "fingerprint", "job", "errors"},
    "machines": {"config", "data", "errors", "evaluation", "job", "methods", "nets", "storage"},
    "testing": {"config", "data", "errors", "methods"},
    "plan": {"config", "data", "errors", "fingerprint", "job"},
    "provenance": {"data", "errors", "fingerprint", "job", "plan", "storage"},
    "beginning": {"plan"},
    "progress": {"beginning", "config", "errors", "job", "plan", "storage"},
    "setup": {"config", "data", "devices", "errors", "storage"},
    "doctor": {
        *("config", "data", "devices", "errors", "inspect", "job", "machines", "methods", "nets", "plan"),
        *("provenance", "storage"),
    },
    "inspect": {"config", "data", "errors", "evaluation", "job", "methods", "storage"},
    "use": {"config", "data", "errors", "inspect", "job", "machines", "methods", "storage"},
}
"""What each part may import; `stages` and the command line may import everything below them."""


def imports(module):
    """Modules that a module imports, anywhere in it."""
    for node in ast.walk(ast.parse(MODULES[module].read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports are not followed by the fingerprint"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


def part(module):
    return [*module.split("."), ""][1]


def in_a_fresh_process(code):
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return result.stderr.strip()


def test_nothing_heavy_is_imported_while_the_snakefile_is_parsed():
    parsed = "pipeline.plan, pipeline.config.graph, pipeline.data.formats, pipeline.fingerprint, pipeline.errors"
    assert in_a_fresh_process(f"import sys, {parsed}; sys.exit(str({HEAVY} & set(sys.modules) or ''))") == ""


def test_storage_needs_no_xarray():
    blocked = "import sys; sys.modules['xarray'] = None; import pipeline.storage.shard"
    assert in_a_fresh_process(blocked) == ""


@pytest.mark.parametrize("module", sorted(module for module in MODULES if part(module) in ALLOWED))
def test_imports_point_one_way(module):
    ours = {part(name) for name in imports(module) if name.split(".")[0] == "pipeline"}
    assert ours <= {part(module), *ALLOWED[part(module)]}


def test_nobody_imports_a_stage_but_stages():
    importers = {part(module) for module in MODULES for name in imports(module) if name.startswith("pipeline.stages")}
    assert importers <= {"stages"}


def test_no_stage_imports_another():
    """Whatever two stages need lies below them; what the methods of one share is their loop."""
    stages = [module for module in MODULES if module.startswith("pipeline.stages.")]
    imported = {name for module in stages for name in imports(module) if name.startswith("pipeline.stages.")}
    assert {name.split(".")[2] for name in imported} == {"loops"}


@pytest.mark.parametrize(
    ("room", "apart"),
    [
        ("pipeline.stages.masks", ["pipeline.stages.predictions", "pipeline.methods.cross_entropy"]),
        ("pipeline.stages.predictions", ["pipeline.machines.training", "pipeline.stages.losses"]),
        ("pipeline.stages.evaluation", ["pipeline.stages.fits", "pipeline.machines.training"]),
        ("pipeline.nets", ["pipeline.machines", "pipeline.methods.seam", "pipeline.stages"]),
        ("pipeline.stages.segmenters", ["pipeline.methods.under_fitting", "pipeline.nets.architectures.dilated_psp"]),
    ],
)
def test_rooms_that_have_nothing_to_do_with_each_other_are_apart(room, apart):
    waiting, reached = [module for module in MODULES if module.startswith(room)], set()
    while waiting:
        module = waiting.pop()
        if module in MODULES and module not in reached:
            reached.add(module)
            waiting += imports(module)
    assert not [module for module in reached if any(module.startswith(other) for other in apart)]


def test_every_part_has_its_place_in_the_order():
    assert {part(module) for module in MODULES} <= {*ALLOWED, "", "stages", "cli"}


def test_methods_need_arrays_and_nothing_else():
    libraries = {
        name.split(".")[0] for module in MODULES if part(module) == "methods" for name in imports(module)
    } - set(sys.stdlib_module_names)
    assert libraries <= {"numpy", "scipy", "skimage", "cv2", "torch", "PIL", "pydensecrf", "jaxtyping", "pipeline"}


def test_no_modules_import_each_other():
    graph = {module: {name for name in imports(module) if name in MODULES} - {module} for module in MODULES}
    TopologicalSorter(graph).prepare()
