import subprocess
import sys

import pytest

from seedmask.errors import SeedmaskError
from seedmask.wordnet import label_space
from seedmask.wordnet.space import ROWS
from seedmask.wordnet.table import read_words


@pytest.mark.parametrize("rows", ROWS)
def test_every_row_is_a_synset_of_the_table_or_the_background(rows):
    space = label_space(rows)
    assert len(space.synsets) == rows
    unknown = [synset for synset in space.synsets if synset not in read_words().lemmas]
    assert unknown == ([""] if rows == 1001 else [])


def test_the_background_comes_before_the_classes():
    assert label_space(1001).synsets == ("", *label_space(1000).synsets)
    assert label_space(1001).name == "imagenet-1k with background"


def test_rows_stand_for_what_timm_says():
    assert label_space(1000).synsets[281] == "n02123045"  # tabby
    assert label_space(1000).name == "imagenet-1k"
    assert label_space(21843).name == "imagenet-21k-goog"


def test_an_unknown_number_of_rows_is_refused_with_the_known_ones():
    with pytest.raises(SeedmaskError, match=r"has 37 classes \(known: 1,000, 1,001, 11,221.*take an encoder"):
        label_space(37)


def test_words_need_no_torch():
    code = "import sys; from seedmask.wordnet import *; match(['dog'], LabelSpace('x', ('n02084071',)), {})"
    check = "sys.exit(str({'torch', 'timm', 'numpy'} & set(sys.modules) or ''))"
    result = subprocess.run([sys.executable, "-c", f"{code}; {check}"], capture_output=True, text=True, check=False)
    assert result.stderr.strip() == ""
