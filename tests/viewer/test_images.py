from concurrent.futures import ThreadPoolExecutor

from seedmask.viewer.images import ByteCache


def test_what_is_kept_is_made_once():
    kept, calls = ByteCache(100), []
    for _ in range(3):
        assert kept.get("a", lambda: calls.append(1) or b"12345") == b"12345"
    assert len(calls) == 1


def test_what_was_not_asked_for_longest_makes_room():
    kept = ByteCache(10)
    for key in ("a", "b"):
        kept.get(key, lambda: b"12345")
    kept.get("a", lambda: b"")
    kept.get("c", lambda: b"12345")
    assert kept.get("a", lambda: b"new") == b"12345"
    assert kept.get("b", lambda: b"new") == b"new"
    assert kept.size <= 10


def test_something_larger_than_all_room_is_given_and_not_kept():
    kept = ByteCache(10)
    assert kept.get("a", lambda: b"x" * 50) == b"x" * 50
    assert kept.size == 0


def test_threads_do_not_lose_count():
    kept = ByteCache(1000)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: kept.get(number % 7, lambda: b"x" * 20), range(2000)))
    assert kept.size == 140
