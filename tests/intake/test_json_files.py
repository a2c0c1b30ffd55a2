import json
import os

from seedmask.intake import json_files as module
from seedmask.intake.json_files import JsonKeys, json_fault, json_files, read_json


def test_files_are_told_apart_by_their_keys_and_those_that_are_no_json_stop_nothing(folder):
    texts = {
        "a.json": '[{"id": 1, "data": {"image": "a.jpg"}}]',
        "b.json": '{"id": 1}\n{"id": 2}\n',
        "c.json": "\ufeff{}",
        "d.json": b"\xff\xfe",
        "e.json": "[" * 100_000,
    }
    scan = folder("a.jpg", texts=texts)
    seen = []
    found = dict(json_files(scan, lambda keys: seen.append(keys) or keys.is_list))
    assert found == {"a.json": [{"id": 1, "data": {"image": "a.jpg"}}]}
    assert seen[0] == JsonKeys(True, frozenset({"id", "data"}), frozenset({"image"}))
    assert read_json(scan.files["b.json"]) is None
    assert json_fault(scan.files["b.json"]) == "is not JSON (line 2, column 1: Extra data)"
    assert read_json(scan.files["c.json"]) == {}
    assert [json_fault(scan.files[name]).split(" (")[0] for name in ("d.json", "e.json")] == ["is not JSON"] * 2


def test_a_file_is_parsed_once_and_again_when_it_changes(folder, monkeypatch):
    scan = folder("a.jpg", texts={"a.json": "[1]"})
    path = scan.files["a.json"]
    parsed = []
    monkeypatch.setattr(module.json, "loads", lambda text: parsed.append(text) or [len(parsed)])
    assert [read_json(path) for _ in range(3)] == [[1]] * 3
    path.write_text("[12]")
    os.utime(path, ns=(1, 1))
    assert read_json(path) == [2]


def test_few_bytes_stay_in_memory_and_larger_files_are_read_again(folder, monkeypatch):
    scan = folder("a.jpg", texts={f"{name}.json": json.dumps([name] * 10) for name in "abc"})
    monkeypatch.setattr(module, "KEPT_BYTES", 100)
    monkeypatch.setattr(module, "_values", module._Values())
    assert [read_json(scan.files[f"{name}.json"])[0] for name in "abcabc"] == list("abcabc")
    assert module._values._bytes <= 100
    monkeypatch.setattr(module, "KEPT_BYTES", 10)
    assert read_json(scan.files["b.json"])[0] == "b"


def test_an_image_inside_a_file_is_not_kept(folder):
    scan = folder("a.jpg", texts={"a.json": json.dumps({"shapes": [], "imageData": "A" * 1000})})
    assert read_json(scan.files["a.json"]) == {"shapes": []}
