"""Puts the workflow into the wheel: Snakefile, rules, profiles, recipes and environments, as data below `seedmask`."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

WORKFLOW = ("Snakefile", "config.yaml", "config.schema.json", "rules", "profiles", "recipes", "envs")
"""What lies at the root of the project and travels with the package."""
ROOT = Path(__file__).parent


class BuildWithWorkflow(build_py):
    """Copies the workflow beside the modules; an editable install reads it from the project itself."""

    def run(self) -> None:
        """Build the modules, then copy the workflow."""
        if not self.editable_mode:  # an earlier build may hold modules that are gone
            shutil.rmtree(Path(self.build_lib) / "seedmask", ignore_errors=True)
        super().run()
        if self.editable_mode:
            return
        for source, target in self._workflow():
            self.mkpath(str(Path(target).parent))
            self.copy_file(str(source), target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Every file of the build, the workflow's among them."""
        workflow = [] if self.editable_mode else [target for _, target in self._workflow()]
        return super().get_outputs(include_bytecode) + workflow

    def _workflow(self) -> list[tuple[Path, str]]:
        """Each file of the workflow, and where it lies in the build."""
        folder = Path(self.build_lib) / "seedmask" / "workflow"
        paths = [path for name in WORKFLOW for path in (ROOT / name, *(ROOT / name).rglob("*"))]
        return [(path, str(folder / path.relative_to(ROOT))) for path in sorted(paths) if path.is_file()]


setup(cmdclass={"build_py": BuildWithWorkflow})
