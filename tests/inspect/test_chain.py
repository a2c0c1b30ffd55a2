from pipeline.inspect.chain import Chain, chain_to, chains, pixel_labels

VARIANTS = {
    "classifiers/cam": {"method": "cam"},
    "seeds/cam": {"from": "classifiers/cam", "method": "multi_scale"},
    "masks/plain": {"from": "seeds/cam", "method": "threshold", "threshold": {"mode": "label_free"}},
    "masks/crf": {"from": "seeds/cam", "method": "crf", "threshold": {"mode": "fixed", "value": 0.3}},
    "masks/best": {"from": "seeds/cam", "method": "par", "threshold": {"mode": "oracle"}},
    "segmenters/crf": {"from": "masks/crf"},
    "segmenters/truth": {"from": "truth"},
    "predictions/crf": {"from": "segmenters/crf"},
    "predictions/truth": {"from": "segmenters/truth"},
}
CRF = Chain("seeds/cam", "masks/crf", "segmenters/crf", "predictions/crf")


def test_a_chain_leads_from_predictions_back_to_the_seeds():
    assert chain_to("predictions/crf", VARIANTS) == CRF
    assert chain_to("predictions/truth", VARIANTS) == Chain(
        segmenter="segmenters/truth", predictions="predictions/truth"
    )


def test_every_result_is_on_one_sheet():
    best = Chain("seeds/cam", "masks/best")
    assert [chain.end for chain in chains(VARIANTS)] == ["predictions/crf", "predictions/truth", "masks/best"]
    assert chains(VARIANTS)[2] == best


def test_a_plain_threshold_has_a_sheet_where_its_seeds_have_none():
    few = {name: VARIANTS[name] for name in ("classifiers/cam", "seeds/cam", "masks/plain")}
    assert [chain.end for chain in chains(few)] == ["masks/plain"]


def test_two_chains_may_share_their_seeds():
    few = {**VARIANTS, "predictions/more": {"from": "segmenters/crf"}}
    assert [chain.end for chain in chains(few)][:3] == ["predictions/crf", "predictions/truth", "predictions/more"]


def test_pixel_labels_are_named_wherever_they_came_in():
    more = {**VARIANTS, "segmenters/best": {"from": "masks/best"}, "predictions/best": {"from": "segmenters/best"}}
    assert pixel_labels("predictions/best", more) == "threshold of masks/best chosen with truth masks"
    assert pixel_labels("predictions/truth", more) == "segmenters/truth learns from truth masks"
    assert pixel_labels("predictions/crf", more) == ""
