"""Configurations that are broken, absurd or meant to do harm."""

from pathlib import Path

import pytest
from hostile_kit import Cases, command, data_set

from seedmask.runs.progress.records import configuration_error

cases = Cases("configurations")

PLAIN = """\
dataset:
  name: cows
  root: cows
  format: folder
classifiers:
  cam:
    encoder: resnet18
    weights: none
    epochs: 2
    lr: 0.1
    seed: 1
    augmentation:
      crop: 32
seeds:
  cam: {from: classifiers/cam, scales: [1.0]}
masks:
  crf: {from: seeds/cam, method: threshold}
segmenters:
  crf: {from: masks/crf, encoder: resnet18, weights: none, arch: FPN}
"""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data_set()


@cases.each()
def test_a_clear_answer(case, request):
    cases.check(case, request)


def test_the_plain_configuration_is_accepted():
    Path("config.yaml").write_text(PLAIN)
    with pytest.raises(AssertionError, match="exit status 0"):
        command("check")


def check(text: str | bytes) -> str:
    """What `seedmask check` says of a configuration."""
    Path("config.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return command("check")


def change(what: str, old: str, new: str, *names: str) -> None:
    """Add a change of the plain configuration as a case."""
    assert PLAIN.count(old) == 1
    cases(what, *names)(lambda: check(PLAIN.replace(old, new)))


def whole(what: str, text: str | bytes, *names: str) -> None:
    """Add a whole file as a case."""
    cases(what, *names)(lambda: check(text))


RATE, SCALE = "config.yaml line 10: classifiers.cam.lr", "config.yaml line 15: seeds.cam.scales.0"
change("an infinite rate", "lr: 0.1", "lr: .inf", RATE, "finite number")
change("a rate that is no number", "lr: 0.1", "lr: .nan", RATE, "finite number")
change("a negative rate", "lr: 0.1", "lr: -0.1", RATE, "greater than 0")
change("an infinite scale", "scales: [1.0]", "scales: [.inf]", SCALE, "finite number")
change("an enlargement of 10^30", "scales: [1.0]", "scales: [1.0e+30]", SCALE, "less than or equal to 32")
change("10^21 epochs", "epochs: 2", "epochs: 1000000000000000000000", "line 9: classifiers.cam.epochs", "1000000")
change("yes for a number", "epochs: 2", "epochs: yes", "line 9: classifiers.cam.epochs", "valid integer")
change("10^9 replicates", "epochs: 2", "replicates: 1000000000", "line 9", "less than or equal to 1000")
change("a number of 5,000 digits", "epochs: 2", f"epochs: 1{'0' * 5000}", "config.yaml", "digits")
change("a seed beyond all generators", "seed: 1", "seed: 100000000000000000000000000", "line 11", "cam.seed")
change("a crop of 10^9 pixels", "crop: 32", "crop: 1000000000", "line 13", "augmentation.crop", "65535")
change("a data set's name that is a path", "name: cows", "name: ../../etc", "line 2: dataset.name", "^[a-z0-9_]+$")
change("a name that no disk takes", "name: cows", f"name: {'c' * 300}", "line 2: dataset.name", "100")
change("a date for a name", "name: cows", "name: 2024-01-01", "line 2: dataset.name", "valid string")
change("an impossible date", "name: cows", "name: 2024-13-45", "config.yaml", "put it in quotes")
change("a variant's name that is a path", "  crf: {from: masks", "  ../crf: {from: masks", "line 19", "^[a-z0-9_]+$")
change("a method that is a path", "method: threshold", "method: ../../evil", "line 17", "there is no method")
change("a variant that is not there", "from: seeds/cam", "from: seeds/cma", "line 17", 'write "seeds/cam"')
change("a folder that is not there", "root: cows", "root: sheep", "sheep: the data set's folder does not exist")
change("a folder that is a file", "root: cows", "root: config.yaml", "config.yaml: the data set's folder is not a f")
change(
    "a list for a mapping", "  cam:\n    encoder", "  x: [1]\n  cam:\n    encoder", "line 6: classifiers.x", "mapping"
)
change(
    "a key twice",
    "lr: 0.1",
    "lr: 0.1\n    lr: 0.2",
    "line 11",
    "is repeated (first in line 10); keep one of them",
    "line 10",
)
change("a key that is misspelt", "lr: 0.1", "lrr: 0.1", "line 10: classifiers.cam.lrr", 'write "lr"')

ENCODER, ARCH = "cam:\n    encoder: resnet18", "arch: FPN"
change(
    "an encoder that timm has not", ENCODER, "cam:\n    encoder: resnet81", "classifiers/cam", "'resnet81'", '"resnet1'
)
change("an encoder of a stranger", ENCODER, "cam:\n    encoder: hf-hub:evil/net", "line 7", "cam.encoder", "`weights`")
change("an encoder in a folder", "crf, encoder: resnet18", "crf, encoder: local-dir:../evil", "line 19", "crf.encoder")
change("an encoder for one size of pictures", ENCODER, "cam:\n    encoder: levit_128s", "classifiers/cam", "any size")
change("an architecture that nobody has", ARCH, "arch: FPNet", "segmenters/crf", "'FPNet'", '"FPN"')
change("an architecture that does not fit", ARCH, "arch: DPT", "segmenters/crf", "DPT over resnet18")
change(
    "an argument of no architecture", ARCH, "arch: {decoder: FPN, arguments: {dropuot: 1}}", "segmenters/crf", "dropuot"
)
LOADS = "arch: {decoder: FPN, arguments: {checkpoint_path: evil.pth}}"
change("an argument that loads a file", ARCH, LOADS, "line 19", "checkpoint_path", "`weights`")
change("a stride that is none", "epochs: 2", "output_stride: 7", "classifiers/cam", "`output_stride: 32`")
change("weights that are not there", "    weights: none\n", "    weights: x.pth\n", "'x.pth'", "no such file")

whole("no YAML", "dataset:\n  name: [a\n  root: x\n", "config.yaml line 3", "is not YAML", "brackets")
whole("tabs for spaces", "dataset:\n\tname: a\n", "config.yaml line 2", "is not YAML", "spaces")
whole("an unclosed quote", 'dataset:\n  name: "a\n', "config.yaml line 3", "is not YAML", "quotes")
whole("Latin-1", "# Kühe\n".encode() + "dataset: {name: küh}".encode("latin-1"), "config.yaml line 2", "0xfc", "UTF-8")
whole("UTF-16", PLAIN.encode("utf-16"), "config.yaml line 1", "UTF-8")
whole("a picture", b"\x89PNG\r\n\x1a\n\0\0", "config.yaml line 1", "UTF-8")
whole("control characters", "dataset:\n  name: a\x07\n", "config.yaml line 2", "'\\x07'")
whole("a list", "- a\n- b\n", "config.yaml line 1", "a list, expected keys")
whole("a sentence", "my cows\n", "config.yaml line 1", "a text, expected keys")
whole("nothing", "# later\n", "config.yaml: is empty", "dataset:")
whole("two documents", f"{PLAIN}---\n{PLAIN}", "config.yaml line 20", "is not YAML")
whole("an alias of nothing", "dataset: *cows\n", "config.yaml line 1", "is not YAML", "undefined alias")
whole("a value that holds itself", "dataset: &d\n  name: *d\n", "config.yaml", "values", "aliases")
whole("a tower of brackets", f"dataset: {'[' * 5000}", "config.yaml", "nested too deeply")
whole("a key that is a list", "? [a, b]\n: c\n", "config.yaml line 1", "key")
TENFOLD = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 11))
whole("ten billion values in a few lines", f"a0: &a0 [1]\n{TENFOLD}", "config.yaml", "100000 values", "aliases")
OWNED = 'dataset: !!python/object/apply:os.system ["touch owned"]\n'
whole("code in a tag", OWNED, "config.yaml line 1", "more than plain YAML", "tags")
TEMPLATE = "__use_yte__: true\n?__import__('os').system('touch owned'):\n  dataset: 1\n"
whole("code in a template", TEMPLATE, "config.yaml line 1", "__use_yte__", "plain values")


@cases("a folder for a file", "cows: holds no results, neither itself nor in a folder below; expected a configuration")
def _():
    return command("check", "cows")


@cases("a file that is not there", "nothere.yaml: does not exist", "expected a configuration like cows.yaml")
def _():
    return command("check", "nothere.yaml")


@cases("a file of --configfile that Snakemake cannot read", "other.yaml line 2: byte 0xfc is not UTF-8")
def _():
    Path("config.yaml").write_text(PLAIN)
    Path("other.yaml").write_bytes(b"a: 1\nb: \xfc\n")
    return configuration_error(["--cores", "2", "--configfile", "config.yaml", "other.yaml", "-n"])


@pytest.mark.parametrize("text", [OWNED, TEMPLATE])
def test_nothing_of_a_configuration_is_run(text):
    check(text)
    assert not Path("owned").exists()
