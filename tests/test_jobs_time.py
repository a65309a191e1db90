"""What the studio says about time before it has seen a model work, and after."""

import asyncio
from pathlib import Path

import pytest
from jobs_house import stored

from config import catalog
from jobs import control, estimate, life, watch
from jobs.control import Caller
from jobs.store import write

VERSES = "\n\n".join(f"An owl in the night number {n}" for n in range(6))


def eta(kind: str, **values: object) -> float:
    """The seconds a job is said to take when it is taken in by an idle studio."""
    job = control.start(kind, values, Caller())
    seconds = float(job["eta_s"])
    control.cancel(job["id"], Caller())
    return seconds


def test_the_first_job_of_every_model_has_a_time(home: Path) -> None:
    """A row says what it took where it was tried; larger, more and longer take more."""
    assert [row.name for row in catalog().values() if ".sketch:" in row.engine and row.speed is None] == []
    small, large = (eta("generate_image", prompt="an owl", width=side, height=side) for side in (384, 1536))
    assert 0 < small < large < 30
    assert eta("generate_image", prompt="an owl", count=4) > 3 * eta("generate_image", prompt="an owl")
    assert eta("generate_music", prompt="a waltz", duration_seconds=120) > eta("generate_music", prompt="a waltz", duration_seconds=10)


def test_a_song_that_was_never_painted_takes_as_long_as_its_pictures(home: Path) -> None:
    one = eta("generate_image", prompt="an owl", width=512, height=512)
    assert eta("illustrate_song", lyrics=VERSES, width=512, height=512) == pytest.approx(6 * one, rel=0.5)


def test_what_was_seen_counts_more_than_what_the_row_says(home: Path) -> None:
    before = eta("generate_image", prompt="an owl", width=512, height=512)
    job = control.start("generate_image", {"prompt": "an owl", "width": 512, "height": 512}, Caller())
    estimate.learn(stored(job["id"]), 40 * before)
    control.cancel(job["id"], Caller())
    assert eta("generate_image", prompt="an owl", width=512, height=512) == pytest.approx(40 * before, rel=0.1)


def test_whoever_waits_is_told_anew_how_long(home: Path) -> None:
    """What runs takes longer than was thought: those behind it hear of it, though nothing else about them has changed."""
    first, second = (control.start("generate_image", {"prompt": "an owl", "model": "sketch"}, Caller())["id"] for _ in range(2))
    held = life.claim("cpu", "host:1:1", "", [], 0.0)
    assert held and held.id == first

    async def times() -> tuple[float, float]:
        stream = watch.stream(Caller())
        news = await anext(stream)
        before = after = next(job["eta_s"] for job in news["jobs"] if job["id"] == second)
        with write() as db:
            db.execute("update jobs set progress=0.5, started_at=started_at-400 where id=?", (first,))
        async with asyncio.timeout(60):
            while after == before:
                after = next((job["eta_s"] for job in (await anext(stream)).get("jobs", []) if job["id"] == second), before)
        return before, after

    before, after = asyncio.run(times())
    assert before < 100 < after
