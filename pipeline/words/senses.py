"""Which sense of an ambiguous word is meant: the most frequent one where there is no doubt, else none.

A word is taken for WordNet's first sense, its most frequent one, if that sense has rows in the label space and
WordNet's tagged texts have it at least 20 times as often as each rival: any other sense with rows. A rival that the
texts never have counts as seen once where the word is its first name (a computer mouse is a `mouse`), and as half of
that where it is not (a `gravy boat` is a boat, too). Persons who are called by the name of an animal or a thing (a
sheep, a brick) count half of what the texts have. No rivals are senses whose rows are all among the first one's.

If the first sense has no row, no other one is taken: whether `mouse` is a rodent does not depend on whether a label
space has rodents.
"""

from collections.abc import Callable, Sequence

from pipeline.words.table import Sense, Words

TIMES = 20
PERSON = "n00007846"
RowsOf = Callable[[str], frozenset[int]]
"""Rows of a synset and of all below it."""


def undoubted(senses: Sequence[Sense], rows_of: RowsOf, words: Words) -> str | None:
    """The synset that a word is taken for; None where that would be a guess.

    Args:
        senses: those of the word, the most frequent one first.
        rows_of: rows of a synset.
        words: what lies above a synset.
    """
    first, *others = senses
    rows = rows_of(first.synset)
    if not rows:
        return None
    is_person = PERSON in words.above(first.synset)
    rivals = (other for other in others if not rows_of(other.synset) <= rows)
    weights = (
        rival.count / 2 if PERSON in words.above(rival.synset) and not is_person else _seen(rival) for rival in rivals
    )
    return first.synset if all(first.count >= TIMES * weight for weight in weights) else None


def _seen(sense: Sense) -> float:
    return float(sense.count or (1 if sense.first_name else 0.5))
