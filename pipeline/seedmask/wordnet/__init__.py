"""Tags and the classes of ImageNet, through WordNet 3.0."""

from seedmask.wordnet.match import Match, Matching, Miss, match
from seedmask.wordnet.space import LabelSpace, label_space

__all__ = ["LabelSpace", "Match", "Matching", "Miss", "label_space", "match"]
