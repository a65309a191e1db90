"""Workers are killed, stopped and poisoned while they work: nothing is lost, nothing is made twice."""

import os
import random
import signal
import time
from contextlib import suppress
from pathlib import Path

import pytest
from invariants import assert_invariants
from jobs_house import House, eventually, patience, stopped, stored
from trial_engines import noted

from jobs import control
from jobs.control import Caller
from jobs.store import rows

pytestmark = pytest.mark.faults


def test_kill_9_of_a_worker_at_twenty_moments(home: Path) -> None:
    """Every job is finished, and is back in the queue at once when its worker dies."""
    dice = random.Random(7)
    with House(home) as house:
        ids = [house.start("slow", seed=n, steps=dice.randint(2, 14)) for n in range(40)]
        waits = [_kill_one(dice) for _ in range(20)]
        ended = house.until(ids, 90)
    assert {job["status"] for job in ended} == {"complete"}
    assert max(waits) < patience(5), f"given back after {max(waits):.1f} s"
    assert_invariants(home, ids)
    print(f"20 kills, given back after {sum(waits) / 20:.3f} s, at most {max(waits):.3f} s")


def _kill_one(dice: random.Random) -> float:
    """Kill a worker at some moment of a job's first or second attempt; seconds until the job is free again."""
    time.sleep(dice.uniform(0.02, 0.4))
    held = eventually(lambda: rows("select * from jobs where worker is not null and attempts<3"), 30, "work for a worker")
    job = dice.choice(held)
    with suppress(ProcessLookupError):
        os.kill(int(job["worker"].split(":")[1]), signal.SIGKILL)
    began = time.monotonic()
    eventually(lambda: (now := stored(job["id"]))["token"] > job["token"] or now["completed_at"], 10, "its giving back")
    return time.monotonic() - began


def test_a_job_that_kills_its_worker_ends_as_worker_lost_and_others_go_on(home: Path) -> None:
    """Three attempts, then a sentence for the person; the other jobs are made meanwhile."""
    with House(home) as house:
        poison = house.start("poison")
        others = [house.start("slow", seed=n, steps=3) for n in range(8)]
        ended = house.until([poison, *others])
    assert ended[0]["status"] == "error" and '"WORKER_LOST"' in ended[0]["error"]
    assert ended[0]["attempts"] == 3 and noted(home, "begin", "Poison") == 3
    assert all(job["status"] == "complete" for job in ended[1:])
    assert_invariants(home, [poison, *others])


def test_a_cancelled_poison_ends_cancelled(home: Path) -> None:
    """The person's word goes before the count of attempts."""
    models = 'poison: {engine: "tests.trial_engines:Poison", for: [generate_image], options: {seconds: 1}}\n'
    with House(home, models) as house:
        job = house.start("poison")
        house.until_status(job, "generating")
        control.cancel(job, Caller())
        assert house.until([job])[0]["status"] == "cancelled"
    assert_invariants(home, [job])


def test_a_worker_that_was_thought_dead_writes_nothing(home: Path) -> None:
    """SIGSTOP longer than the lease: the job is made by another worker, and the late one leaves no trace."""
    with House(home, cpu_workers=2) as house:
        job = house.start("dozy", seed=5)
        pid = house.holder(job)
        eventually(lambda: noted(home, "begin", "Deaf"))
        with stopped(pid):
            done = house.until([job], 20)[0]
            assert done["status"] == "complete" and done["token"] == 3  # given back once, claimed twice
            before = {path: path.stat().st_mtime_ns for path in (home / "outputs").rglob("*") if path.is_file()}
        eventually(lambda: '"job stale"' in house.log.read_text(), 15, "the late worker's notice")
        after = {path: path.stat().st_mtime_ns for path in (home / "outputs").rglob("*") if path.is_file()}
        assert before == after
        assert pid in house.workers(), "a worker that was only stopped goes on"
        assert house.until([house.start("slow", seed=n, steps=2) for n in range(4)])
    assert noted(home, "begin", "Deaf") == 2
    assert_invariants(home, [job])


def test_four_workers_make_five_hundred_jobs_once_each(home: Path) -> None:
    """Nobody takes what another one has."""
    with House(home, cpu_workers=4) as house:
        ids = [house.start("flat", seed=n) for n in range(500)]
        ended = house.until(ids, 120)
    assert {(job["status"], job["token"], job["attempts"]) for job in ended} == {("complete", 1, 1)}
    assert_invariants(home, ids)


def test_a_library_that_exits_takes_no_worker_with_it(home: Path) -> None:
    """sys.exit in an engine is an error of that job, and the lane goes on."""
    with House(home, cpu_workers=1) as house:
        job, after = house.start("quitter"), house.start("slow", steps=2)
        ended = house.until([job, after])
    assert '"INTERNAL_ERROR"' in ended[0]["error"] and ended[1]["status"] == "complete"
    assert_invariants(home, [job, after])
