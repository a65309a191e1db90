"""What the studio says about time before it has seen a model work, and after."""

from pathlib import Path

import pytest
from jobs_house import stored

from config import catalog
from jobs import control, estimate
from jobs.control import Caller

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
