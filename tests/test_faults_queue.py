"""The queue is only a bell: whatever happens to it, the jobs in the store are done."""

import os
import pickle
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from invariants import assert_invariants
from jobs_house import House, eventually, patience, stored
from trial_engines import noted

from jobs import order, wake
from jobs.control import Caller

pytestmark = pytest.mark.faults


class Canary:
    """Unpickling it leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.mark),)


def forge(home: Path, table: str, *rows: object) -> None:
    """Put rows of our own into the queue, before all others."""
    with closing(sqlite3.connect(home / "queue.db", timeout=30)) as db, db:
        for row in rows:
            if table == "task":
                db.execute("insert into task(queue, data, priority) values ('cpu', ?, 99)", (row,))
            else:
                db.execute("insert into schedule(queue, data, timestamp) values ('cpu', ?, 1)", (row,))


def test_forged_rows_do_nothing(home: Path) -> None:
    """Neither pickle nor garbage nor foreign task names run or stop anything; the workers stay and the job is done."""
    mark = home / "pwned"
    bad = [
        pickle.dumps(Canary(mark)),
        b"\x00garbage",
        b"[]",
        b"null",
        b"[" * 5000,
        b'["x", "not a time", "y"]',
        b'["1", "os.system", null, ["touch pwned"]]',
        b'["1", null, "no-such-job"]',
        "text",
        12345,
    ]
    with House(home, cpu_workers=1) as house:
        first = house.start("flat")
        house.until([first])
        pids = house.workers()
        forge(home, "task", *bad * 3)
        forge(home, "schedule", *bad)
        began = time.monotonic()
        jobs = [house.start("flat", seed=n) for n in range(3)]
        house.until(jobs, 10)
        assert time.monotonic() - began < patience(5)
        assert house.workers() == pids and not mark.exists()
        assert "an unreadable wake-up was thrown away" in house.log.read_text()
    assert_invariants(home, [first, *jobs])


def test_lost_wake_ups(home: Path) -> None:
    """The queue is emptied while a lane is paused: what waits runs within seconds all the same, on all hands."""
    with House(home, cpu_workers=2) as house:
        order.pause("cpu", Caller())
        jobs = [house.start("slow", seed=n, steps=30) for n in range(2)]
        with closing(sqlite3.connect(home / "queue.db", timeout=30)) as db, db:
            db.execute("delete from task")
            from jobs.store import write

            with write() as store:
                store.execute("update lanes set paused=0")
        began = time.monotonic()
        eventually(lambda: all(stored(job)["worker"] for job in jobs), 10, "both at once")
        print(f"lost wake-ups replaced after {time.monotonic() - began:.1f} s")
        house.until(jobs)
    assert_invariants(home, jobs)


def test_a_damaged_queue_is_replaced(home: Path) -> None:
    """The start throws it away; nothing that was accepted is lost."""
    with House(home) as house:
        job = house.start("slow", steps=100)
        house.until_status(job, "generating")
        house.close()
        for part in home.glob("queue.db-*"):
            part.unlink()
        (home / "queue.db").write_bytes(b"no database" * 1000)
        house.open()
        assert house.until([job], 30)[0]["status"] == "complete"
    assert_invariants(home, [job])


def test_a_cleaned_temporary_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sockets are gone: the sweep still finds what waits, and the bells ring again afterwards."""
    with House(home, cpu_workers=1) as house:
        house.until([house.start("flat")])
        for path in wake.folder().glob("cpu-*.sock"):
            path.unlink()
        job = house.start("flat")
        assert house.until([job], 40)[0]["status"] == "complete"
        eventually(lambda: list(wake.folder().glob("cpu-*.sock")), 40, "a new socket")
        began = time.monotonic()
        house.until([house.start("flat")], 5)
        assert time.monotonic() - began < patience(1)
    assert_invariants(home, [job])


def test_forty_jobs_of_two_models_load_each_once_a_window(home: Path) -> None:
    """Alternating jobs do not swap the model forty times."""
    with House(home, warm_seconds=30) as house:
        order.pause("gpu", Caller())
        jobs = [house.start("warm-a" if n % 2 else "warm-b", seed=n) for n in range(40)]
        order.pause("gpu", Caller(), on=False)
        ended = house.until(jobs)
    assert {(job["status"], job["attempts"]) for job in ended} == {("complete", 1)}
    assert noted(home, "load") == 2
    assert_invariants(home, jobs)


def test_the_other_model_waits_no_longer_than_the_window(home: Path) -> None:
    """While one model's jobs keep coming, the other's gets its turn."""
    with House(home, warm_seconds=1) as house:
        house.until([house.start("warm-a")])
        order.pause("gpu", Caller())
        other = house.start("warm-b", seed=1)
        many = [house.start("warm-a", seed=n) for n in range(200)]
        order.pause("gpu", Caller(), on=False)
        ended = house.until([other])[0]
        assert ended["started_at"] - ended["created_at"] < patience(6)
        house.until(many)
    assert_invariants(home, many)
