"""Which cards there are, under whatever names."""

import pytest

from seedmask.runs.gpus import cards
from seedmask.runs.gpus.cards import gpus, name_of, refusal

TWO = {"0000:17:00.0": "GPU-aa11", "0000:65:00.0": "GPU-bb22"}


def test_cards_go_by_what_the_driver_calls_them(machine):
    machine(TWO)
    assert gpus() == ("GPU-aa11", "GPU-bb22")


def test_cards_go_by_number_where_the_driver_does_not_know_them_yet(machine):
    machine(dict.fromkeys(TWO, "GPU-????????-????"))
    assert gpus() == ("0", "1")


def test_a_single_node_of_a_container_is_number_0_whatever_its_name(tmp_path):
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "nvidia3").touch()
    (tmp_path / "dev" / "nvidiactl").touch()
    assert gpus() == ("0",)


@pytest.mark.parametrize("device", ["1", "GPU-bb22", "GPU-bb"])
def test_a_card_has_one_name_however_it_is_called(machine, device):
    machine(TWO)
    assert name_of(device) == "0000:65:00.0"


@pytest.mark.parametrize(("device", "name"), [("1", "gpu1"), ("MIG-b/1", "gpuMIG-b_1"), ("GPU-x", "gpuGPU-x")])
def test_a_card_that_the_driver_does_not_tell_of_has_its_own_name(device, name):
    assert name_of(device) == name


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ("2", ("2",)),
        ("1,3", ("1", "3")),
        ("0, 1", ("0", "1")),
        ("0,0", ("0",)),
        ("GPU-a,MIG-b/1", ("GPU-a", "MIG-b/1")),
        ("0,-1,1", ("0",)),
        ("", ()),
        ("-1", ()),
        ("NoDevFiles", ()),
    ],
)
def test_the_users_own_list_is_respected(monkeypatch, chosen, expected):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    assert gpus() == expected


@pytest.mark.parametrize(("chosen", "left"), [("0,5", ("0",)), ("GPU-cc33,GPU-bb", ("GPU-bb",)), ("7", ())])
def test_a_card_of_the_users_list_that_is_not_there_is_left_out_and_said(machine, monkeypatch, caplog, chosen, left):
    machine(TWO)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", chosen)
    assert gpus() == left
    assert "which is not there" in caplog.text


def test_a_torch_without_gpu_support_uses_none_and_says_so(monkeypatch, caplog):
    monkeypatch.setattr(cards, "_torch_knows_gpus", lambda: False)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    assert gpus() == ()
    assert "torch is installed without GPU support" in caplog.text


def test_whether_torch_knows_gpus_is_found_out_as_torch_says(monkeypatch):
    monkeypatch.undo()
    import torch

    assert cards._torch_knows_gpus() == (torch.version.cuda is not None)


DRIVER = """
class CDLL:
    def __init__(self, name): pass
    def cuInit(self, flags): return 0
    def cuDevicePrimaryCtxRetain(self, context, device): return {refused}
    def cuCtxSetCurrent(self, context): return 0
    def cuMemGetInfo_v2(self, free, total):
        free._obj.value, total._obj.value = {free} << 30, 24 << 30
        return 0
    def cuGetErrorName(self, code, name):
        name._obj.value = b"CUDA_ERROR_DEVICE_UNAVAILABLE"
ctypes.CDLL = CDLL
"""


def with_driver(monkeypatch, **answers):
    """A driver in the place of NVIDIA's, which is not here."""
    monkeypatch.setattr(
        cards, "PROBE", cards.PROBE.replace("import ctypes", "import ctypes" + DRIVER.format(**answers))
    )


def test_a_card_that_the_driver_does_not_give_is_refused_in_its_words(monkeypatch):
    with_driver(monkeypatch, refused=46, free=0)
    assert refusal("0") == "CUDA_ERROR_DEVICE_UNAVAILABLE"


@pytest.mark.parametrize(("free", "said"), [(23, False), (9, True)])
def test_what_other_programs_hold_of_a_card_is_said(monkeypatch, caplog, free, said):
    with_driver(monkeypatch, refused=0, free=free)
    assert refusal("0") is None
    assert ("hold 15.0 of the 24.0 GB of GPU 0" in caplog.text) == said


def test_without_a_driver_to_ask_nothing_is_refused(monkeypatch, caplog):
    monkeypatch.setattr(cards, "PROBE", cards.PROBE.replace("libcuda.so.1", "libnowhere.so"))
    assert refusal("0") is None
    assert caplog.text == ""
