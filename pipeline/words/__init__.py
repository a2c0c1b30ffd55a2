"""Tags and the classes of ImageNet, through WordNet 3.0."""

from pipeline.words.match import Match, Matching, Miss, match
from pipeline.words.space import LabelSpace, label_space

__all__ = ["LabelSpace", "Match", "Matching", "Miss", "label_space", "match"]
