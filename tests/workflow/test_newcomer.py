"""The way of somebody new, as benchmarks/newcomer.py walks it: own pictures and tags to a file that others open."""

import pytest
from benchmarks.newcomer import walk


@pytest.mark.thorough
def test_a_folder_of_pictures_and_tags_becomes_a_file_of_masks(tmp_path):
    seconds = walk(tmp_path, count=12, side=64, cores=2, least_steps=60)
    assert list(seconds) == [
        "seedmask init",
        "seedmask doctor",
        "seedmask run",
        "seedmask view",
        "seedmask export --to coco",
        "pycocotools opens it",
    ]
