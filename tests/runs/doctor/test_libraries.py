import importlib.metadata

import pytest

from seedmask.runs.doctor import libraries
from seedmask.runs.doctor.libraries import check_libraries


@pytest.fixture
def versions(monkeypatch):
    """Other versions of some libraries; None takes one away."""
    real, changed = importlib.metadata.version, {}

    def version(name):
        found = changed.get(name, "")
        if found is None:
            raise importlib.metadata.PackageNotFoundError(name)
        return found or real(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    return changed


def lines_of(diagnosis):
    return [f"{finding.level} {finding.about}: {finding}" for finding in check_libraries(diagnosis)]


def test_what_is_installed_here_has_no_problem(run):
    assert not [line for line in lines_of(run()) if line.startswith("problem")]


def test_a_library_out_of_its_range_is_a_problem(run, versions):
    versions["zarr"] = "2.18"
    assert any(
        line.startswith("problem library: zarr 2.18, expected <4,>=3.1.6; pip install") for line in lines_of(run())
    )


def test_an_extra_is_missed_only_where_a_variant_asks_for_it(run, versions):
    versions["pydensecrf2"] = versions["opencv-python-headless"] = None
    lines = lines_of(run())
    assert "problem extra crf: pydensecrf2 not installed, for masks/crf; pip install 'seedmask[crf]'" in lines
    assert not any("opencv" in line for line in lines)


def test_without_a_compiler_the_missing_crf_cannot_be_installed(run, versions, monkeypatch):
    versions["pydensecrf2"] = None
    monkeypatch.setattr(libraries.shutil, "which", lambda _: None)
    assert any(line.startswith("problem compiler: none, and pydensecrf2 is compiled") for line in lines_of(run()))


def test_another_version_than_the_lock_files_is_a_warning(run, versions):
    versions["timm"] = "1.0.99"
    assert any(line.startswith("warning lock files: other versions of timm 1.0.99") for line in lines_of(run()))


def test_a_python_out_of_its_range_is_a_problem(run, monkeypatch):
    monkeypatch.setattr(libraries.platform, "python_version", lambda: "3.10.1")
    assert lines_of(run())[0].startswith("problem python: 3.10.1, expected >=3.11")


def test_an_installed_package_tells_its_needs_itself(run, monkeypatch, tmp_path):
    monkeypatch.setattr(libraries, "SOURCE", tmp_path / "nowhere")
    lines = lines_of(run())
    assert lines[0].startswith("ok python")
    assert any(line.startswith("ok extra crf: is there") for line in lines)
