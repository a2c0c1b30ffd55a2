import ast
import subprocess
import sys
from collections import Counter
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "pipeline"
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
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (SOURCE / "seedmask").rglob("*.py")
}
KINDS = (
    "saliency", "classifiers", "seeds", "masks", "weak_labels", "losses", "architectures", "segmenters", "predictions"
)  # fmt: skip
LAYERS = (
    ("errors",),
    ("fingerprint", "vision", "labels"),
    ("job", "events"),
    ("methods",),
    ("config", "options", "memory"),
    ("storage", "dataset", "evaluation"),
    ("demo",),
    ("wordnet",),
    ("plan",),
    ("runs.gpus", "runs.active", "runs.recovery", "runs.workflow"),
    ("networks", "training", "inference"),
    KINDS,
    ("runs.provenance",),
    ("report", "export", "prediction"),
    ("intake", "viewer", "runs.progress", "runs.doctor"),
    ("testing",),
    ("jobs", "cli", "__main__"),
)
"""A module may import modules of its own layer and of those before it; options of a method count as configuration."""


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
    """What a module belongs to: a folder of the package, one of `runs`, or the options of methods."""
    names = module.split(".")[1:]
    if names[:1] == ["runs"]:
        return ".".join(names[:2])
    if names[-1:] == ["options"]:
        return "options"
    return names[0] if names else ""


def layer(module):
    """Number of a module's layer; the package itself and `runs` stand above all, since they import nothing."""
    found = [number for number, parts in enumerate(LAYERS) if part(module) in parts]
    assert found or module in ("seedmask", "seedmask.runs"), f"{module} belongs to no layer"
    return found[0] if found else len(LAYERS)


def method(module):
    """Folder of the method that a module belongs to, as `masks/crf`; none of what methods share."""
    names = module.split(".")[1:]
    is_package = len(names) > 1 and f"seedmask.{names[0]}.{names[1]}.options" in MODULES
    return "/".join(names[:2]) if names and names[0] in KINDS and is_package else None


def in_a_fresh_process(code):
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return result.stderr.strip()


def test_nothing_heavy_is_imported_while_the_snakefile_is_parsed():
    parsed = "seedmask.plan, seedmask.config.graph, seedmask.dataset.formats, seedmask.fingerprint, seedmask.errors"
    assert in_a_fresh_process(f"import sys, {parsed}; sys.exit(str({HEAVY} & set(sys.modules) or ''))") == ""


def test_storage_needs_no_xarray():
    blocked = "import sys; sys.modules['xarray'] = None; import seedmask.storage.shard"
    assert in_a_fresh_process(blocked) == ""


@pytest.mark.parametrize("module", sorted(MODULES))
def test_imports_point_one_way(module):
    ours = {name for name in imports(module) if name in MODULES}
    assert {name for name in ours if layer(name) > layer(module)} == set()


@pytest.mark.parametrize("module", sorted(module for module in MODULES if method(module)))
def test_no_method_imports_another(module):
    """Whatever two methods need lies in the folder of their kind, or below it."""
    assert {method(name) for name in imports(module) if name in MODULES} <= {method(module), None}


@pytest.mark.parametrize(
    ("start", "apart"),
    [
        ("seedmask.masks", ["seedmask.predictions", "seedmask.methods.cross_entropy", "seedmask.training"]),
        ("seedmask.predictions", ["seedmask.training.trainer", "seedmask.losses"]),
        ("seedmask.jobs.evaluation", ["seedmask.seeds.fit_oracle", "seedmask.training"]),
        ("seedmask.networks", ["seedmask.training", "seedmask.methods.seam", "seedmask.jobs"]),
        ("seedmask.segmenters.trained.job", ["seedmask.methods.under_fitting", "seedmask.architectures.dilated_psp"]),
    ],
)
def test_what_has_nothing_to_do_with_each_other_is_apart(start, apart):
    waiting, reached = [module for module in MODULES if module.startswith(start)], set()
    while waiting:
        module = waiting.pop()
        if module in MODULES and module not in reached:
            reached.add(module)
            waiting += imports(module)
    assert not [module for module in reached if any(module.startswith(other) for other in apart)]


def test_methods_need_arrays_and_nothing_else():
    used = {name for module in MODULES if part(module) == "methods" for name in imports(module)}
    ours = {name for name in used if name in MODULES}
    assert {part(name) for name in ours} <= {"methods", "errors"}
    libraries = {name.split(".")[0] for name in used - ours} - set(sys.stdlib_module_names)
    assert libraries <= {
        "numpy",
        "scipy",
        "skimage",
        "cv2",
        "torch",
        "PIL",
        "pydensecrf",
        "seedmask_lattice",
        "jaxtyping",
    }


def test_no_modules_import_each_other():
    graph = {module: {name for name in imports(module) if name in MODULES} - {module} for module in MODULES}
    TopologicalSorter(graph).prepare()


def test_no_two_public_classes_have_one_name():
    names = [
        node.name
        for path in MODULES.values()
        for node in ast.parse(path.read_bytes()).body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    ]
    assert [name for name, count in Counter(names).items() if count > 1] == []
