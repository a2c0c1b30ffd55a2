import threading
import time

import pytest
import storage_kit as kit

from seedmask.errors import SeedmaskError
from seedmask.storage.at_once import IN_HAND, in_order


def test_results_come_in_the_order_of_the_items_whichever_is_ready_first():
    def compute(number: int) -> int:
        time.sleep(0.02 if number % 3 == 0 else 0)
        return number

    assert list(in_order(compute, range(12), 3)) == list(range(12))


def test_as_many_as_asked_for_are_in_hand_at_once_and_no_more():
    meeting, lock = threading.Barrier(3, timeout=20), threading.Lock()
    now = most = 0

    def compute(number: int) -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        meeting.wait()  # nobody passes until three are here
        with lock:
            now -= 1
        return number

    assert list(in_order(compute, range(9), 3)) == list(range(9))
    assert most == 3


def test_items_are_taken_no_faster_than_results():
    taken = []

    def items():
        for number in range(100):
            taken.append(number)
            yield number

    results = in_order(abs, items(), 2)
    next(results)
    assert len(taken) <= 4
    assert list(results) == list(range(1, 100))


def test_the_error_of_the_first_item_is_raised_and_those_behind_are_not_begun():
    begun = []

    def compute(number: int) -> int:
        begun.append(number)
        if number in (3, 4):
            raise ValueError(f"item {number}")
        return number

    with pytest.raises(ValueError, match="item 3"):
        list(in_order(compute, range(100), 2))
    assert len(begun) < 10


def test_one_at_once_is_computed_here_when_it_is_asked_for():
    threads = []
    results = in_order(lambda _: threads.append(threading.current_thread()), range(2), 1)
    assert threads == []
    list(results)
    assert set(threads) == {threading.current_thread()}


@pytest.mark.parametrize("device", IN_HAND)
def test_a_shard_is_the_same_however_many_images_are_in_hand(tmp_path, device):
    tasks = kit.tasks(0, 5)
    order = []

    def compute(task):
        order.append(threading.current_thread() is threading.main_thread())
        time.sleep(0.01 * (task.row == 0))
        return kit.compute(task)

    kit.write(tmp_path, 0, 5, compute, device=device)
    assert set(order) == {device == "cpu"}
    assert kit.stored(tmp_path, 0).ids == tuple(task.image.id for task in tasks)
    assert kit.holds(tmp_path, 0, size=5)


def test_an_image_that_fails_on_another_thread_is_named(tmp_path):
    def compute(task):
        if task.row == 2:
            raise ValueError("no such class")
        return kit.compute(task)

    with pytest.raises(SeedmaskError, match="image p2: no such class"):
        kit.write(tmp_path, 0, 5, compute, device="cuda")
    assert not kit.manifest(tmp_path).exists()
