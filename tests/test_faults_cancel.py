"""Cancel, in every state a job can be in: it ends soon, as cancelled, and nobody else suffers."""

import random
import time
from collections.abc import Iterator

import pytest
from invariants import assert_invariants
from jobs_house import House, eventually, furnished, patience, stored
from trial_engines import noted

from engines.errors import Conflict
from jobs import control
from jobs.control import Caller
from jobs.store import rows, value

pytestmark = pytest.mark.faults
LYRICS = "The first long verse\n\nThe second verse of all\n\nThe third and last one"


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Two workers for the whole module; what must always hold is checked when they have left."""
    with furnished(cpu_workers=2) as one:
        yield one
        assert one.close() == 0
        assert_invariants(one.home)


def cancel(job_id: str) -> float:
    """Cancel a job; how long it took to end."""
    began = time.monotonic()
    control.cancel(job_id, Caller())
    eventually(lambda: stored(job_id)["completed_at"], 15, "the end of a cancelled job")
    assert stored(job_id)["status"] == "cancelled"
    return time.monotonic() - began


def test_while_it_waits(house: House) -> None:
    """It never begins."""
    before = [house.start("slow", steps=15) for _ in range(2)]
    job = house.start("slow", seed=101)
    assert cancel(job) < patience(1)
    house.until(before)
    assert not noted(house.home, "begin", "Slow", 101)


def test_while_its_model_loads(house: House) -> None:
    """It ends when the model is there, and is not begun."""
    job = house.start("heavy", seed=102)
    house.until_status(job, "loading")
    assert cancel(job) < patience(3)
    assert not noted(house.home, "begin", "Slow", 102)


def test_while_it_runs(house: House) -> None:
    """Within a second and a step; the worker is free again."""
    times = []
    for _ in range(5):
        job = house.start("slow", steps=200)
        house.until_status(job, "generating")
        times.append(cancel(job))
    assert max(times) < patience(1.5), times
    assert house.until([house.start("slow", steps=1)])[0]["status"] == "complete"
    print(f"cancel to free worker: at most {max(times):.3f} s")


def test_an_engine_that_does_not_listen(house: House) -> None:
    """Beyond the grace period its worker is restarted; the other jobs go on, and no attempt of theirs is used."""
    job = house.start("deaf", seed=103)
    eventually(lambda: noted(house.home, "begin", "Deaf", 103))
    others = [house.start("slow", seed=n, steps=20) for n in range(6)]
    pid = house.holder(job)
    assert cancel(job) < patience(2 + 4)
    eventually(lambda: pid not in house.workers() and len(house.workers()) == 2, 15, "a new worker")
    assert {(each["status"], each["attempts"]) for each in house.until(others)} == {("complete", 1)}


def test_a_song_with_all_that_is_under_it(house: House) -> None:
    """The parked flow and its running verse end; no verse is begun afterwards."""
    song = control.start("illustrate_song", {"title": "Gone", "lyrics": LYRICS, "model": "slow", "seed": 5}, Caller())["id"]
    verse = eventually(lambda: rows("select id from jobs where parent=? and status='generating' and kind='generate_image'", song))[0]["id"]
    eventually(lambda: stored(song)["parked"])
    assert cancel(song) < patience(1.5)
    eventually(lambda: stored(verse)["completed_at"])
    steps = rows("select status from jobs where parent=?", song)
    time.sleep(0.5)
    assert {each["status"] for each in steps} <= {"complete", "cancelled"}
    assert value("select count(*) from jobs where parent=?", song) == len(steps)
    again = control.requeue(song, Caller())
    assert again["id"] == song and house.until([song])[0]["status"] == "complete"
    assert {each["status"] for each in rows("select status from jobs where parent=?", song)} == {"complete"}


def test_racing_the_end_two_hundred_times(house: House) -> None:
    """One end state each, and a picture if and only if it is complete."""
    dice, ends = random.Random(3), {"complete": 0, "cancelled": 0}
    usual = sorted(each["completed_at"] - each["created_at"] for each in (house.until([house.start("flat")])[0] for _ in range(9)))[4]
    for n in range(200):
        job = house.start("flat", seed=n)
        time.sleep(max(0.0, dice.uniform(-0.5, 1.2) * usual))  # a third at once, the others somewhere on the way
        try:
            control.cancel(job, Caller())
        except Conflict as error:
            assert "nothing to cancel" in error.message
        ended = house.until([job], 15)[0]
        ends[ended["status"]] += 1
        files = value("select count(*) from artifacts where job=?", job)
        assert files == (ended["status"] == "complete")
        assert control.job(job, Caller())["status"] == ended["status"]
    assert min(ends.values()) > 5, f"the race was none: {ends}"
    print(f"200 races: {ends}")


def test_what_has_ended_cannot_be_cancelled(house: House) -> None:
    """A sentence says so."""
    job = house.start("flat")
    house.until([job])
    with pytest.raises(Conflict, match="complete already"):
        control.cancel(job, Caller())
