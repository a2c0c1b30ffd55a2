from concurrent.futures import ThreadPoolExecutor

import numpy as np

from seedmask.dataset.images import palette
from seedmask.report.drawing import heat_colours
from seedmask.viewer.images import ByteCache, page_colours, safe_palette


def test_cached_bytes_are_made_once():
    cache, calls = ByteCache(100), []
    for _ in range(3):
        assert cache.get("a", lambda: calls.append(1) or b"12345") == b"12345"
    assert len(calls) == 1


def test_the_least_recently_used_bytes_are_dropped_first():
    cache = ByteCache(10)
    for key in ("a", "b"):
        cache.get(key, lambda: b"12345")
    cache.get("a", lambda: b"")
    cache.get("c", lambda: b"12345")
    assert cache.get("a", lambda: b"new") == b"12345"
    assert cache.get("b", lambda: b"new") == b"new"
    assert cache.size <= 10


def test_bytes_larger_than_the_cache_are_returned_and_not_cached():
    cache = ByteCache(10)
    assert cache.get("a", lambda: b"x" * 50) == b"x" * 50
    assert cache.size == 0


def test_threads_do_not_lose_count():
    cache = ByteCache(1000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: cache.get(number % 7, lambda: b"x" * 20), range(2000)))
    assert cache.size == 140


def table(text):
    return np.frombuffer(bytes.fromhex(text), np.uint8).reshape(-1, 3)


def test_the_page_draws_in_the_colours_of_the_report():
    report = page_colours()["report"]
    assert np.array_equal(table(report["labels"]), palette())
    assert np.array_equal(table(report["heat"]), np.rint(heat_colours(np.linspace(0, 1, 256)[None]))[0])


def test_safe_colours_differ_as_long_as_the_page_says_and_then_repeat():
    found, repeats = safe_palette().tolist(), page_colours()["safe"]["repeats"]
    assert len(set(map(tuple, found[: repeats + 1]))) == repeats + 1
    assert found[repeats + 1] == found[1]
    assert found[0] == [0, 0, 0]
    assert found[255] not in found[:255]


def test_safe_heat_grows_lighter_all_the_way():
    lightness = table(page_colours()["safe"]["heat"]) @ np.array([0.2126, 0.7152, 0.0722])
    assert (np.diff(lightness) >= -0.5).all()
    assert lightness[-1] - lightness[0] > 150
