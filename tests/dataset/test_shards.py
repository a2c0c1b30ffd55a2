from hypothesis import given
from hypothesis import strategies as st

from seedmask.dataset.index import SplitRows, shards_of


@given(st.lists(st.integers(1, 9), min_size=1, max_size=4), st.integers(1, 7), st.data())
def test_shards_and_their_pictures_are_those_of_the_rows_one_by_one(counts, size, data):
    rows = [data.draw(st.sampled_from("abc")) for count in counts for _ in range(count)]
    split_rows = SplitRows.of(rows, size)
    splits = data.draw(st.sets(st.sampled_from(sorted(split_rows.counts))))
    wanted = [row for row, split in enumerate(rows) if split in splits]
    assert split_rows.shards(splits) == shards_of(wanted, size)
    assert sum(split_rows.images_by_shard(splits).values()) == len(wanted)
    assert split_rows.shards() == shards_of(range(len(rows)), size)
    assert [row for shard in split_rows.shards() for row in split_rows.rows_in(shard)] == list(range(len(rows)))
    assert split_rows.counts == {split: rows.count(split) for split in sorted(set(rows))}


def test_shards_are_in_the_order_of_their_numbers_also_past_ten_thousand():
    assert SplitRows([("train", 10001)], 1).shards()[-2:] == ["9999", "10000"]
    assert shards_of([10000, 9999, 3], 1) == ["0003", "9999", "10000"]


def test_a_split_without_pictures_has_no_rows():
    assert SplitRows([("train", 3)], 2).shards(["val"]) == []
