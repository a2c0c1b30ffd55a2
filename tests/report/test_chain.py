import itertools

from hypothesis import given
from hypothesis import strategies as st

from seedmask.dataset.index import Row
from seedmask.report.chain import Chain, chain_to, find_chains, select_images


def made_from(*sources, is_seed_mask=False):
    """A variant as the report's job gives it."""
    return {"from": list(sources), "is_seed_mask": is_seed_mask}


VARIANTS = {
    "classifiers/cam": made_from(),
    "seeds/cam": made_from("classifiers/cam"),
    "masks/plain": made_from("seeds/cam", is_seed_mask=True),
    "masks/crf": made_from("seeds/cam", "seeds/other"),
    "masks/best": made_from("seeds/cam"),
    "segmenters/crf": made_from("masks/crf"),
    "segmenters/truth": made_from(),
    "predictions/crf": made_from("segmenters/crf"),
    "predictions/truth": made_from("segmenters/truth"),
}
CRF = Chain(
    "seeds/cam",
    "masks/crf",
    "segmenters/crf",
    "predictions/crf",
    classifier="classifiers/cam",
    end="predictions/crf",
)


def test_a_chain_leads_from_predictions_back_to_seeds_and_classifier():
    assert chain_to("predictions/crf", VARIANTS) == CRF
    assert chain_to("predictions/truth", VARIANTS) == Chain(
        segmenter="segmenters/truth", predictions="predictions/truth", end="predictions/truth"
    )


def test_every_result_is_on_one_sheet():
    best = Chain("seeds/cam", "masks/best", classifier="classifiers/cam", end="masks/best")
    assert [chain.end for chain in find_chains(VARIANTS)] == ["predictions/crf", "predictions/truth", "masks/best"]
    assert find_chains(VARIANTS)[2] == best


def test_a_seed_mask_has_a_sheet_where_its_seeds_have_none():
    few = {name: VARIANTS[name] for name in ("classifiers/cam", "seeds/cam", "masks/plain")}
    assert [chain.end for chain in find_chains(few)] == ["masks/plain"]


def test_two_chains_may_share_their_seeds():
    few = {**VARIANTS, "predictions/more": made_from("segmenters/crf")}
    assert [chain.end for chain in find_chains(few)][:3] == ["predictions/crf", "predictions/truth", "predictions/more"]


WEAK = {
    "classifiers/cam": made_from(),
    "seeds/cam": made_from("classifiers/cam"),
    "weak_labels/tags": made_from("seeds/cam"),
    "weak_labels/points": made_from(),
    "masks/mixture": made_from("classifiers/cam", "weak_labels/tags"),
    "segmenters/points": made_from("weak_labels/points"),
    "masks/points": made_from("segmenters/points", "weak_labels/points"),
    "segmenters/again": made_from("masks/points"),
    "predictions/again": made_from("segmenters/again"),
}


def test_a_chain_shows_the_weak_labels_that_it_learned_from_and_their_seeds():
    assert chain_to("masks/mixture", WEAK) == Chain(
        seeds="seeds/cam",
        masks="masks/mixture",
        weak_labels="weak_labels/tags",
        classifier="classifiers/cam",
        end="masks/mixture",
    )
    assert chain_to("predictions/again", WEAK) == Chain(
        masks="masks/points",
        segmenter="segmenters/again",
        predictions="predictions/again",
        weak_labels="weak_labels/points",
        end="predictions/again",
    )


def test_weak_labels_have_a_sheet_of_their_own_where_nothing_learns_from_them():
    assert [chain.end for chain in find_chains(WEAK)] == ["predictions/again", "masks/mixture"]
    alone = {name: WEAK[name] for name in ("weak_labels/points", "seeds/cam", "weak_labels/tags", "classifiers/cam")}
    assert [chain.end for chain in find_chains(alone)] == ["weak_labels/points", "weak_labels/tags"]


TAGS = st.none() | st.lists(st.integers(0, 5), max_size=3, unique=True).map(tuple)


def row(number, tags):
    return Row(f"p{number:03d}", f"p{number:03d}.png", "train", 4, 4, tags, "", None, None)


@given(st.lists(TAGS, max_size=30), st.integers(0, 12))
def test_a_choice_is_so_many_different_rows_in_order(tags, count):
    rows = [row(number, tag) for number, tag in enumerate(tags)]
    chosen = [r.id for r in select_images(rows, count)]
    assert len(chosen) == min(count, len(rows))
    assert chosen == sorted(set(chosen))


def test_a_rare_class_is_shown():
    rows = [row(number, (0,) if number != 57 else (1,)) for number in range(100)]
    assert "p057" in [r.id for r in select_images(rows, 2)]


def test_equal_pictures_are_spread_over_the_set():
    numbers = [int(r.id[1:]) for r in select_images([row(number, (0,)) for number in range(80)], 8)]
    assert {number // 20 for number in numbers} == {0, 1, 2, 3}
    assert min(b - a for a, b in itertools.pairwise(numbers)) > 2


def test_pictures_with_several_classes_do_not_crowd_out_the_others():
    rows = [row(number, (0, 1) if number % 2 else (number // 2 % 4,)) for number in range(40)]
    shown = select_images(rows, 4)
    assert {tag for r in shown for tag in r.tags} == {0, 1, 2, 3}
