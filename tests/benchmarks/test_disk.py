"""What the tables of disk say, on maps whose bytes are known."""

import numpy as np
from benchmarks.disk import coarser
from benchmarks.kit.chunks import CODECS, measured


def test_bytes_of_a_picture_are_those_of_its_chunks():
    maps = [np.full((2, 64, 64), 7, np.uint8) for _ in range(3)]
    plain, _, _ = measured(maps, CODECS["none"], None)
    packed, _, _ = measured(maps, CODECS["zstd 3, checksum (ours)"], None)
    assert 2 * 64 * 64 < plain < 2 * 64 * 64 + 200
    assert packed < plain / 20


def test_chunks_that_do_not_fit_are_padded():
    size, _, _ = measured([np.zeros((1, 65, 65), np.uint8)], CODECS["none"], 64)
    assert size < 300  # chunks of the fill value are not written


def test_fewer_levels_cost_precision_and_save_bytes():
    y, x = np.mgrid[:64, :96]
    ways = {row[0]: row for row in coarser([((np.sin(x / 9) * np.cos(y / 7) + 1) / 2).astype(np.float32)]).rows}
    assert ways["256 levels (ours)"][2] == 1
    assert ways["256 levels (ours)"][3] < 1 / 255 / 2 < ways["16 levels"][3] < 1 / 15 / 2
    assert ways["16 levels"][2] < 1
    assert ways["every fourth pixel"][2] < ways["every second pixel"][2] < 1
