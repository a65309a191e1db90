"""Jobs that go wrong: what is tried again and what is not, what the person is told, and what may be done about it."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from invariants import assert_invariants
from jobs_house import House, eventually, furnished, patience, stored
from trial_engines import noted

from engines.errors import Conflict
from jobs import control
from jobs.control import Caller

pytestmark = pytest.mark.faults


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """Two workers for the whole module; what must always hold is checked when they have left."""
    with furnished(cpu_workers=2) as one:
        yield one
        assert one.close() == 0
        assert_invariants(one.home)


def failed(house: House, model: str, seconds: float = 20) -> dict[str, object]:
    """A job of this model as the person sees it, once it has failed."""
    job = house.start(model)
    house.until([job], seconds)
    shown = control.job(job, Caller())
    assert shown["status"] == "error"
    return shown


def test_a_server_that_was_away_twice(house: House) -> None:
    """The third attempt succeeds, and nothing of the failures is left on the job."""
    job = house.start("flaky", seed=1)
    ended = house.until([job], 30)[0]
    assert (ended["status"], ended["attempts"], ended["message"]) == ("complete", 3, "")
    assert noted(house.home, "begin", "Flaky", 1) == 3


def test_a_server_that_stays_away(house: House) -> None:
    """Three attempts, then its error."""
    shown = failed(house, "away", 30)
    assert shown["attempts"] == 3 and shown["error"]["code"] == "SERVICE_UNAVAILABLE"


def test_a_job_that_backs_off_waits_in_the_queue(house: House) -> None:
    """It says why, has a time before which it is not taken, and others go first."""
    job = house.start("hesitant", seed=2)
    eventually(lambda: stored(job)["not_before"] > 0)
    waiting = control.job(job, Caller())
    assert waiting["status"] == "queued" and "Trying again: The server is away." in waiting["message"]
    assert stored(job)["not_before"] - waiting["created_at"] > 1 and stored(job)["not_before"] - time.time() < 7 and waiting["eta_s"] > 0
    other = house.until([house.start("flat")], 20)[0]
    ended = house.until([job], 20)[0]
    assert ended["status"] == "complete" and ended["attempts"] == 2 and ended["completed_at"] >= ended["not_before"]
    assert other["completed_at"] < ended["completed_at"]


def test_a_bug_in_an_engine_fails_once_and_shows_no_inside(house: House) -> None:
    """No second attempt; the log has the traceback under the correlation id the person sees."""
    job = control.start("generate_image", {"prompt": "fail", "model": "rude", "seed": 3}, Caller("local", "corr-4711"))["id"]
    house.until([job])
    shown = control.job(job, Caller())
    assert shown["error"]["code"] == "INTERNAL_ERROR" and shown["attempts"] == 1
    assert "secret" not in json.dumps(shown) and "corr-4711" in shown["error"]["message"]

    def told(wanted: Callable[[dict[str, Any]], bool]) -> bool:
        whole = [line for line in house.log.read_text().splitlines(keepends=True) if line.startswith("{") and line.endswith("\n")]
        lines = [json.loads(line) for line in whole]
        return any(wanted(line) for line in lines if line.get("correlation_id") == "corr-4711")

    eventually(lambda: told(lambda line: "secret detail" in line.get("traceback", "")))
    eventually(lambda: told(lambda line: line.get("status") == "INTERNAL_ERROR" and line["job"] == job and line["lane"] == "cpu"))


def test_a_full_disk_in_an_engine(house: House) -> None:
    """Says what to do, and is not tried again."""
    shown = failed(house, "full")
    assert shown["error"]["code"] == "STORAGE_FULL" and "delete something" in shown["error"]["message"] and shown["attempts"] == 1


def test_no_progress_for_too_long(house: House) -> None:
    """TIMEOUT; its worker is restarted and the lane goes on."""
    began = time.monotonic()
    shown = failed(house, "mute")
    assert shown["error"]["code"] == "TIMEOUT" and time.monotonic() - began < patience(10)
    assert house.until([house.start("flat") for _ in range(4)])


def test_requeue_gives_the_same_job_again(house: House) -> None:
    """From error under the same id, with fresh attempts; never from running or complete."""
    job = house.start("rude", prompt="fail")
    house.until([job])
    again = control.requeue(job, Caller())
    assert (again["id"], again["error"]) == (job, None) and again["status"] in ("queued", "loading", "generating")
    assert again["attempts"] <= 1, "none used, or the first one has begun"
    assert house.until([job])[0]["status"] == "error"
    running = house.start("slow", steps=60)
    house.until_status(running, "generating")
    with pytest.raises(Conflict, match="generating"):
        control.requeue(running, Caller())
    control.cancel(running, Caller())
    house.until([running])
    control.requeue(running, Caller())
    control.cancel(running, Caller())
    house.until([running])
    done = house.start("flat")
    house.until([done])
    with pytest.raises(Conflict, match="complete"):
        control.requeue(done, Caller())


def test_the_time_left_is_told_and_falls(house: House) -> None:
    """For what runs and for what waits; what was learned makes the next guess better."""
    house.until([house.start("slow", steps=20, seed=4)])
    jobs = [house.start("slow", steps=40, seed=5 + n) for n in range(3)]
    eventually(lambda: stored(jobs[0])["progress"] > 0.2)
    first = [control.job(each, Caller())["eta_s"] for each in (jobs[0], jobs[2])]
    assert 0.2 < first[0] < 4 and first[1] > first[0]
    time.sleep(0.8)
    assert control.job(jobs[0], Caller())["eta_s"] < first[0]
    house.until(jobs)
    assert control.job(jobs[0], Caller())["eta_s"] is None


def test_deleting_leaves_nothing(house: House) -> None:
    """Row, file, sidecar and thumbnails, also of a job that runs."""
    done, running = house.start("flat"), house.start("slow", steps=200)
    house.until([done])
    house.until_status(running, "generating")
    assert list((house.home / "outputs").glob(f"*/{done}/thumbs/*"))
    for job in (done, running):
        control.delete(job, Caller())
        assert not list((house.home / "outputs").glob(f"*/{job}*")) and not list((house.home / "work").glob(f"*{job}*"))
    assert not {done, running} & {each["id"] for each in control.jobs(Caller(), limit=200)["jobs"]}


def test_a_worker_knows_no_page(house: House) -> None:
    """It never imports Gradio or the web."""
    house.until([house.start("nosy")])
    line = next(line for line in (house.home / "trial.log").read_text().splitlines() if line.startswith("imported"))
    assert not {"gradio", "gradio_client", "fastapi", "starlette", "uvicorn", "torch", "pandas", "studio"} & set(line.split())
