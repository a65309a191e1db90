"""STUDIO_WORKERS=inline: the lanes as threads of the one process, as on a small Space."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from invariants import assert_invariants
from jobs_house import eventually, rows_of, stored
from PIL import Image
from trial_engines import noted

from config import catalog, settings
from engines import pool
from jobs import control, life, process, recovery
from jobs.control import Caller
from jobs.store import value, write
from jobs.supervisor import Supervisor


@pytest.fixture
def inline(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home whose studio is this process."""
    for name, setting in {"WORKERS": "inline", "GRACE_SECONDS": "1", "LEASE_SECONDS": "2"}.items():
        monkeypatch.setenv(f"STUDIO_{name}", setting)
    settings.cache_clear()
    (home / "models.yaml").write_text(rows_of(("nap", "Deaf", "cpu", ", options: {seconds: 4}")))
    catalog.cache_clear()
    yield home
    pool.empty()


@pytest.fixture
def studio_inline(inline: Path) -> Iterator[Path]:
    """The same with its lanes at work."""
    supervisor = Supervisor()
    supervisor.start()
    yield inline
    supervisor.stop()
    assert_invariants(inline)


def start(kind: str = "generate_image", **values: object) -> str:
    """A small job."""
    given = {"prompt": "a sheet"} if kind == "generate_image" else {}
    return str(control.start(kind, given | values, Caller())["id"])


def ended(job: str, seconds: float = 60) -> str:
    """How a job ended."""
    eventually(lambda: stored(job)["completed_at"], seconds, f"the end of {job}")
    return str(stored(job)["status"])


def pixels(home: Path, job: str, number: int) -> bytes:
    """One picture of a finished job, as bytes of colour."""
    path = value("select path from artifacts where job=? and number=?", job, number)
    return Image.open(home / path).convert("RGB").tobytes()


def test_a_picture_of_a_batch_can_be_made_again_alone(studio_inline: Path) -> None:
    """Its seed is enough: the words that enrich a short prompt do not depend on it."""
    batch = start(prompt="a hare in the snow", width=128, height=128, seed=40, count=3)
    alone = start(prompt="a hare in the snow", width=128, height=128, seed=42)
    assert ended(batch) == ended(alone) == "complete"
    assert pixels(studio_inline, alone, 0) == pixels(studio_inline, batch, 2) != pixels(studio_inline, batch, 1)


def test_a_picture_and_a_song(studio_inline: Path) -> None:
    """Both are made, side by side, by this very process."""
    picture = start(prompt="a hare in the snow", width=128, height=128, seed=1)
    song = start("illustrate_song", lyrics="An owl in the night\n\nA river in the rain", width=128, height=128, seed=1)
    assert ended(picture) == "complete" and ended(song) == "complete"
    assert len(control.job(song, Caller())["outputs"]) == 4
    assert stored(picture)["attempts"] == 1


def test_cancel_reaches_what_does_not_listen(studio_inline: Path) -> None:
    """Beyond the grace period the job ends as cancelled, though its thread sleeps on; what it makes later is not wanted."""
    job = start(model="nap", seed=2)
    eventually(lambda: noted(studio_inline, "begin", "Deaf", 2))
    control.cancel(job, Caller())
    assert ended(job, 4) == "cancelled"
    assert ended(start(model="flat"), 5) == "complete"
    eventually(lambda: not list((studio_inline / "work").glob(f"{job}*")), 10, "its thread's coming back")


def test_stopping_gives_back_what_runs(inline: Path) -> None:
    """With no attempt used; the next studio in the same process does it."""
    supervisor = Supervisor()
    supervisor.start()
    job = start(model="slow", steps=60)
    eventually(lambda: stored(job)["status"] == "generating")
    supervisor.stop()
    assert (stored(job)["status"], stored(job)["attempts"], stored(job)["worker"]) == ("queued", 0, None)
    again = Supervisor()
    again.start()
    assert ended(job) == "complete"
    again.stop()
    assert_invariants(inline)


def test_a_job_that_takes_the_whole_process_down_is_not_tried_for_ever(inline: Path) -> None:
    """Here the worker is the studio: its sudden end uses an attempt, or a poison job would return with every start."""
    job = start(model="flat")
    for attempt in (1, 2, 3):
        held = life.claim("cpu", "x", "x", [], 0)
        assert held
        dead = f"{process.identity().split(':')[0]}:999999:1"
        with write() as db:
            db.execute("update jobs set worker=?, boss=? where id=?", (dead, dead, job))
        recovery.at_start()
        assert stored(job)["status"] == ("queued" if attempt < 3 else "error")
    assert json.loads(stored(job)["error"])["code"] == "WORKER_LOST"


def test_a_new_container_takes_over_at_once(inline: Path) -> None:
    """Another host name on the same home: what the old one held goes back at the start, with no attempt used."""
    job = start(model="flat")
    assert life.claim("cpu", "old-box:7:70", "old-box:1:10", [], 0)
    recovery.leases()
    assert stored(job)["worker"] == "old-box:7:70", "while it may be alive, its lease counts"
    recovery.at_start()
    assert (stored(job)["status"], stored(job)["attempts"]) == ("queued", 0)


def test_a_clock_that_jumps_takes_no_job_away(inline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a suspended night the leases of those who live are renewed before anybody is judged."""
    job = start(model="flat")
    me = process.identity()
    held = life.claim("cpu", me, me, [], 0)
    assert held
    supervisor = Supervisor()
    with write() as db:
        db.execute("update jobs set lease=lease-36000, progress_at=progress_at-36000")
    supervisor._swept -= 36000
    supervisor._sweep()
    assert stored(job)["token"] == held.token and stored(job)["worker"] == me
    life.report(held, progress=0.5)
    life.stopped(held)
