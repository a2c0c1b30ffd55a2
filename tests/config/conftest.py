from pathlib import Path

import pytest
import yaml

from seedmask.config.graph import load
from seedmask.errors import InputError

CONFIG = """\
dataset:
  name: cows
  format: folder
  root: cows
classifiers:
  cam:
    encoder: resnet18
    frozen_stages: all
    augmentation:
      scale: [0.5, 1.5]
seeds:
  cam:
    from: classifiers/cam
    scales: [1.0, 1.5]
masks:
  crf:
    from: seeds/cam
    method: crf
    threshold:
      mode: fixed
      value: 0.25
    crf:
      iterations: 5
segmenters:
  crf: {from: masks/crf}
predictions:
  crf: {from: segmenters/crf}
"""


class Written:
    """A configuration in files, edited by replacing text."""

    def __init__(self, folder: Path):
        self._folder = folder
        self.text = CONFIG

    def edit(self, old: str, new: str) -> "Written":
        assert self.text.count(old) == 1
        self.text = self.text.replace(old, new)
        return self

    def load(self, *more: str, values=None):
        """Load it as Snakemake does: `more` files on top, then `values` from the command line."""
        files, merged = [], {}
        for number, text in enumerate((self.text, *more)):
            file = self._folder / f"config{number}.yaml"
            file.write_text(text)
            files.append(file)
            _merge(merged, yaml.safe_load(text) or {})
        _merge(merged, values or {})
        return load(merged, files)

    def refusal(self, *more: str, values=None) -> str:
        """The problems, one a line, without the folder."""
        with pytest.raises(InputError) as caught:
            self.load(*more, values=values)
        return str(caught.value).replace(f"{self._folder}/", "").split("\n  ", 1)[1]


def _merge(into, values):
    for key, value in values.items():
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = value


@pytest.fixture
def config(tmp_path):
    return Written(tmp_path)
