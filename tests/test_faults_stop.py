"""The studio is asked to stop, or is killed, while it works: what it accepted is done by the next one."""

import os
import signal
import threading
import time
from pathlib import Path

import pytest
from invariants import assert_invariants
from jobs_house import House, children, eventually, patience, stored
from trial_engines import noted

from engines.errors import Conflict
from jobs import process, supervisor
from jobs.store import rows

pytestmark = pytest.mark.faults


def gone(pids: list[int]) -> bool:
    """Whether none of these processes runs any more."""
    return not any(process.started(pid) for pid in pids)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_short_job_ends_within_the_grace_period(home: Path, sign: signal.Signals) -> None:
    """The house waits for it, takes nothing new, and leaves with 0."""
    with House(home, cpu_workers=1, grace_seconds=6) as house:
        job, waiting = house.start("slow", steps=20), house.start("slow", steps=20)
        house.until_status(job, "generating")
        began = time.monotonic()
        assert house.close(sign) == 0
        assert time.monotonic() - began < patience(7)
    assert stored(job)["status"] == "complete"
    assert (stored(waiting)["status"], stored(waiting)["attempts"]) == ("queued", 0)
    assert_invariants(home, [job, waiting])


def test_a_long_job_goes_back_with_no_attempt_used(home: Path) -> None:
    """A second SIGTERM changes nothing; the next house does the job from its start."""
    with House(home, cpu_workers=1, grace_seconds=2) as house:
        job = house.start("slow", steps=80)
        house.until_status(job, "generating")
        began = time.monotonic()
        assert house.process is not None
        house.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert house.close(signal.SIGTERM) == 0
        assert time.monotonic() - began < patience(2 + 2)
        assert (stored(job)["status"], stored(job)["attempts"], stored(job)["worker"]) == ("queued", 0, None)
        assert_invariants(home, [job])
        house.open()
        assert house.until([job])[0]["attempts"] == 1
    assert_invariants(home, [job])


def test_a_deaf_job_does_not_hold_the_house(home: Path) -> None:
    """What does not listen goes back too, with no attempt used."""
    with House(home, grace_seconds=1) as house:
        job = house.start("deaf")
        eventually(lambda: noted(home, "begin", "Deaf"))
        pids = house.workers()
        began = time.monotonic()
        assert house.close() == 0
        assert time.monotonic() - began < patience(4) and gone(pids)
    assert (stored(job)["status"], stored(job)["attempts"]) == ("queued", 0)
    assert_invariants(home, [job])


def test_sigterm_to_one_worker_is_no_fault_of_its_job(home: Path) -> None:
    """A worker that is asked to leave gives its job back; another one does it."""
    with House(home, cpu_workers=1, grace_seconds=1) as house:
        job = house.start("slow", steps=40)
        pid = house.holder(job)
        house.until_status(job, "generating")
        os.kill(pid, signal.SIGTERM)
        assert house.until([job])[0]["attempts"] == 1
        assert pid not in house.workers()
    assert_invariants(home, [job])


def test_kill_9_of_the_studio_six_times(home: Path) -> None:
    """Its workers die with it; no attempt is used, and the next one goes on at once."""
    house, recovery = House(home, cpu_workers=2), []
    ids = [house.start("slow", seed=n, steps=8) for n in range(30)]
    for round_ in range(6):
        house.open()
        began = time.monotonic()
        eventually(lambda: rows("select 1 from jobs where worker is not null"), 30, "work going on")
        recovery.append(time.monotonic() - began)
        time.sleep(0.05 * round_)
        pids = house.workers() + house.workers("gpu") + house.workers("io")
        assert house.process is not None
        if round_ % 3 == 2:
            os.killpg(house.process.pid, signal.SIGKILL)
        elif round_ % 3 == 1:
            os.kill(pids[0], signal.SIGKILL)
        house.close(signal.SIGKILL)
        eventually(lambda pids=pids: gone(pids), 5, "the end of its workers")
    with house:
        ended = house.until(ids, 90)
    assert {job["status"] for job in ended} == {"complete"}
    assert max(recovery) < patience(10), recovery
    assert_invariants(home, ids)
    print(f"6 kills of the studio, at work again after {sum(recovery) / 6:.2f} s, at most {max(recovery):.2f} s")


def test_nothing_is_left_in_the_folder_for_sockets(home: Path) -> None:
    """Neither after an orderly end nor after the start that follows a kill."""
    from jobs import wake

    with House(home) as house:
        eventually(lambda: len(list(wake.folder().glob("*.sock"))) >= 4, 30)
        pids = house.workers()
        house.close(signal.SIGKILL)
        eventually(lambda: gone(pids))
        before = set(wake.folder().glob("*.sock"))
        assert before
        house.open()
        assert not before & set(wake.folder().glob("*.sock"))
        house.close()
    assert not wake.folder().exists()


def test_a_second_studio_on_the_same_home_is_refused(home: Path) -> None:
    """One sentence that says what to do, without waiting out the grace that one which leaves would have; the first one goes on."""
    with House(home, grace_seconds=0.1) as house:
        other = House(home, grace_seconds=600)
        with pytest.raises(AssertionError, match="Another studio is running on .*set STUDIO_HOME"):
            other.open()
        assert house.until([house.start("slow", steps=2)])
        assert house.process is not None and children(house.process.pid)


def test_one_that_leaves_is_waited_for(home: Path) -> None:
    """A studio that is started while the one before it ends takes its place, and is refused beside one that stays."""
    held = supervisor.lock(0)
    with pytest.raises(Conflict, match="Another studio"):
        supervisor.refuse_second()
    supervisor.mark(held, supervisor.LEAVING)
    supervisor.refuse_second()
    leaving = threading.Timer(2 * supervisor.GLANCE, held.close)
    leaving.start()
    supervisor.lock(60).close()
    leaving.join()
