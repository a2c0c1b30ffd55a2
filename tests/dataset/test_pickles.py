"""A file of labels is read without running anything that it asks for."""

import os
import pickle
import subprocess
from collections import OrderedDict

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from seedmask.dataset.pickles import read_pickled_npy
from seedmask.errors import SeedmaskError

LABELS = {"2007_000032": np.array([0, 1, 1], np.float32), "b": np.array([1, 0, 0], np.float32)}


def write_npy(path, data, array=None):
    """A `.npy` header as `numpy.save` writes it for a dict, and some bytes behind."""
    with path.open("wb") as stream:
        header = np.lib.format.header_data_from_array_1_0(np.array({}, dtype=object) if array is None else array)
        np.lib.format.write_array_header_1_0(stream, header)
        stream.write(data)
    return path


def test_a_file_of_numpy_save_is_read(tmp_path):
    np.save(tmp_path / "cls_labels.npy", LABELS, allow_pickle=True)
    found = read_pickled_npy(tmp_path / "cls_labels.npy")
    assert found.keys() == LABELS.keys()
    assert all((found[key] == LABELS[key]).all() for key in LABELS)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("dtype", ["float64", "float32", "uint8", "int64", "bool", ">f4"])
def test_every_protocol_and_type_of_numbers_is_read(tmp_path, protocol, dtype):
    value = {"a": np.array([1, 0, 1], dtype), 7: np.float32(2), "deep": {"b": np.ones((2, 2), dtype, order="F")}}
    path = write_npy(tmp_path / "a.npy", pickle.dumps(np.array(value, dtype=object), protocol))
    found = read_pickled_npy(path)
    assert found["a"].tolist() == [1, 0, 1]
    assert found[7] == 2
    assert found["deep"]["b"].shape == (2, 2)


@pytest.mark.parametrize("numpy", ["numpy.core.multiarray", "numpy._core.multiarray"])
def test_files_of_old_and_new_numpy_are_read(tmp_path, numpy):
    data = pickle.dumps(np.array(LABELS, dtype=object), 2)
    data = data.replace(b"numpy._core.multiarray", numpy.encode()).replace(b"numpy.core.multiarray", numpy.encode())
    assert read_pickled_npy(write_npy(tmp_path / "a.npy", data)).keys() == LABELS.keys()


class Harmful:
    def __init__(self, call, *arguments):
        self.reduced = call, arguments

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize(
    ("call", "name"),
    [(os.system, "posix.system"), (eval, "eval"), (subprocess.call, "call")],
)
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_code_in_a_file_is_not_run_but_refused_by_name(tmp_path, call, name, protocol):
    ran = tmp_path / "ran"
    command = f"open({str(ran)!r}, 'w').close()" if call is eval else f"touch {ran}"
    arguments = (["sh", "-c", command],) if call is subprocess.call else (command,)
    value = {"a": LABELS["b"], "x": Harmful(call, *arguments)}
    data = pickle.dumps(np.array(value, dtype=object), protocol)
    path = write_npy(tmp_path / "a.npy", data)
    with pytest.raises(SeedmaskError, match=rf"a.npy: asks for [\w.]*{name}, which may run code and is not opened"):
        read_pickled_npy(path)
    assert not ran.exists()
    np.load(path, allow_pickle=True)  # what anybody else would do
    assert ran.exists()


@pytest.mark.parametrize("dotted", ["ndarray.tofile", "dtype.__class__"])
def test_a_way_through_what_is_allowed_is_refused(tmp_path, dotted):
    data = b"\x80\x04" + b"\x8c\x05numpy" + b"\x8c" + bytes([len(dotted)]) + dotted.encode() + b"\x93."
    with pytest.raises(SeedmaskError, match="asks for numpy"):
        read_pickled_npy(write_npy(tmp_path / "a.npy", data))


def test_an_array_of_objects_from_raw_bytes_is_refused(tmp_path):
    """NumPy would take the bytes for addresses."""
    data = pickle.dumps(np.array(LABELS["b"]), 2).replace(b"f4", b"O8")
    with pytest.raises(SeedmaskError, match=r"a\.npy: "):
        read_pickled_npy(write_npy(tmp_path / "a.npy", data))


def test_plain_numbers_are_not_labels(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros(3))
    assert read_pickled_npy(tmp_path / "a.npy") is None


@given(st.binary(max_size=60), st.integers(0, 200))
def test_a_damaged_file_is_an_error_for_people(tmp_path_factory, noise, place):
    data = pickle.dumps(np.array(LABELS, dtype=object), 4)
    path = write_npy(tmp_path_factory.getbasetemp() / "noise.npy", data[:place] + noise)
    try:
        read_pickled_npy(path)
    except SeedmaskError as error:
        assert "noise.npy" in str(error)


def test_a_file_that_is_no_numpy_file_is_an_error_for_people(tmp_path):
    (tmp_path / "a.npy").write_bytes(b"no numbers")
    with pytest.raises(SeedmaskError, match=r"a.npy: is not a NumPy file"):
        read_pickled_npy(tmp_path / "a.npy")


TYPES = [torch.float32, torch.float64, torch.float16, torch.int64, torch.int32, torch.uint8, torch.bool]


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("dtype", TYPES, ids=str)
def test_tensors_of_torch_are_read_as_arrays(tmp_path, dtype, protocol):
    whole = torch.arange(24).reshape(2, 3, 4).to(dtype)
    value = {
        "keys": torch.tensor([3, 7]),
        "cam": whole,
        "part": whole[1:, ::2, 1:].transpose(0, 2),
        "one": whole[0, 1, 1],
    }
    value["none"] = whole[:0]
    found = read_pickled_npy(write_npy(tmp_path / "a.npy", pickle.dumps(np.array(value, dtype=object), protocol)))
    assert found.keys() == value.keys()
    for key, tensor in value.items():
        assert found[key].dtype == tensor.numpy().dtype
        assert np.array_equal(found[key], tensor.numpy())


class Tensor:
    """Asks for a tensor as torch does, with numbers of one's choice."""

    def __init__(self, *arguments):
        self.arguments = arguments

    def __reduce__(self):
        return torch._utils._rebuild_tensor_v2, (torch.zeros(4).storage(), *self.arguments)


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
@pytest.mark.parametrize(
    "arguments",
    [
        (0, (5,), (1,), False, OrderedDict()),
        (3, (2,), (1,), False, OrderedDict()),
        (0, (2, 2), (3, 1), False, OrderedDict()),
        (0, (1 << 40,), (0,), False, OrderedDict()),
        (-1, (2,), (1,), False, OrderedDict()),
        (0, (2,), (-1,), False, OrderedDict()),
        (0, (2, 1), (1,), False, OrderedDict()),
        (0, "ab", (1, 1), False, OrderedDict()),
    ],
    ids=str,
)
def test_a_tensor_beyond_its_own_numbers_is_refused(tmp_path, arguments):
    path = write_npy(tmp_path / "a.npy", pickle.dumps(np.array({"cam": Tensor(*arguments)}, dtype=object)))
    with pytest.raises(SeedmaskError, match="asks for a tensor"):
        read_pickled_npy(path)


def test_code_in_the_numbers_of_a_tensor_is_not_run(tmp_path):
    ran = tmp_path / "ran"
    evil = pickle.dumps(Harmful(os.system, f"touch {ran}"), 2)
    data = pickle.dumps(np.array({"cam": Harmful(torch.storage._load_from_bytes, evil)}, dtype=object))
    with pytest.raises(SeedmaskError, match=r"asks for posix\.system, which may run code"):
        read_pickled_npy(write_npy(tmp_path / "a.npy", data))
    assert not ran.exists()


@pytest.mark.filterwarnings("ignore:TypedStorage is deprecated")
def test_a_torn_tensor_is_refused(tmp_path):
    whole = torch.zeros(4).storage().__reduce__()[1][0]
    for numbers in (whole[:-1], whole + b"0", whole[:40], 7):
        data = pickle.dumps(np.array({"cam": Harmful(torch.storage._load_from_bytes, numbers)}, dtype=object))
        with pytest.raises(SeedmaskError, match=r"a tensor|is damaged"):
            read_pickled_npy(write_npy(tmp_path / "a.npy", data))
