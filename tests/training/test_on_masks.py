"""Training of a segmenter on masks: what it keeps of its pictures."""

import importlib
from pathlib import Path

import numpy as np
import tifffile
from index_kit import run_index

from seedmask import load_segmenter
from seedmask.config.graph import load
from seedmask.dataset.catalogue import Catalogue
from seedmask.dataset.images import save_mask
from seedmask.job import Job
from seedmask.plan import Plan


def test_a_segmenter_keeps_how_its_pictures_were_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = np.random.default_rng(0).integers(0, 4000, (2, 32, 32, 4)).astype(np.uint16)
    for number, picture in enumerate(values):
        Path("fields").mkdir(exist_ok=True)
        tifffile.imwrite(f"fields/{number}.tif", picture, photometric="rgb")
        save_mask(Path(f"fields/masks/{number}.png"), (picture[..., 0] > 2000).astype(np.uint8))
    Path("fields/tags.csv").write_text("0,wheat\n1,wheat\n")
    Path("fields/classes.txt").write_text("wheat\n")
    dataset = {"name": "fields", "format": "folder", "root": "fields", "bands": [3, 2, 1]}
    network = {"from": "truth", "arch": "FPN", "encoder": "test_resnet", "weights": "none", "steps": 1}
    plan = Plan(
        load(
            {
                "dataset": {**dataset, "range": {"percentiles": [2, 98]}},
                "segmenters": {"fpn": {**network, "augmentation": {"crop": 32}}},
            },
            [],
        )
    )
    run_index(plan)
    job = Job.model_validate_json(plan.job("segmenters/fpn"))
    importlib.import_module(job.module).run(job, "cpu")
    segmenter = load_segmenter(plan.results / "segmenters/fpn", device="cpu")
    catalogue = Catalogue(plan.results)
    assert segmenter.reading == catalogue.reading
    assert not segmenter.reading.is_plain
    row = catalogue.index.rows[0]
    for found, expected in zip(segmenter.predict("fields/0.tif"), segmenter.predict(catalogue.image(row)), strict=True):
        assert np.array_equal(found, expected)
