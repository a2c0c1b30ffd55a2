"""Networks of a run come into another one as files, and give the numbers that they gave there."""

import pytest
import torch
from safetensors.torch import load_file

from seedmask.export.variants import open_variant

FILE = {"method": "file", "origin": "saliency"}
NETWORKS = {
    "classifiers": {"method": "cam"},
    "segmenters": {"arch": "FPN"},
}


@pytest.mark.thorough
def test_networks_that_are_written_and_read_back_give_equal_results_which_are_marked(copied):
    config = copied.config
    for stage, network in NETWORKS.items():
        (name,) = config[stage]
        tensors = load_file(copied.results / stage / name / "weights.safetensors")
        torch.save({"state_dict": tensors}, copied.folder / f"{stage}.pth")
        config[stage]["theirs"] = {**FILE, "weights": f"{stage}.pth", "network": network}
    config["seeds"]["theirs"] = {**config["seeds"]["cam"], "from": "classifiers/theirs"}
    config["predictions"]["theirs"] = {**config["predictions"]["crf"], "from": "segmenters/theirs"}
    copied.run()
    for ours, theirs in (("seeds/cam", "seeds/theirs"), ("predictions/crf", "predictions/theirs")):
        first, second = open_variant(copied.results, ours), open_variant(copied.results, theirs)
        assert [first.digest(image) for image in first.ids] == [second.digest(image) for image in second.ids]
        assert first.made_elsewhere() == ()
        assert second.made_elsewhere()[0].endswith("/theirs: uses saliency maps")
    page = (copied.results / "report.html").read_text()
    assert "made elsewhere: segmenters/theirs: uses saliency maps" in page
    assert "predictions/theirs" in (copied.results / "report/scores.csv").read_text()
    assert copied.planned() == []
