"""Watching and waiting: event streams, many who wait, those who hang up, and the end of it all."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from doorways import WAYS, rest
from jobs_house import eventually, patience

SMALL = {"width": 128, "height": 128}


def test_job_events(studio) -> None:
    job = studio.http.post("/api/v1/generate_image", json={"prompt": "events", "seed": 9, **SMALL}).json()
    seen, names, numbers = [], [], []
    with studio.http.stream("GET", f"/api/v1/jobs/{job['id']}/events", timeout=30) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("event: "):
                names.append(line[7:])
            if line.startswith("id: "):
                numbers.append(int(line[4:]))
            if line.startswith("data: ") and names[-1] == "job":
                seen.append(json.loads(line[6:]))
    assert names[-1] == "end" and numbers == list(range(1, len(numbers) + 1))
    assert seen[-1]["status"] == "complete" and seen[-1]["outputs"]
    assert studio.http.get("/api/v1/jobs/nothing/events").status_code == 404


def test_page_events(studio) -> None:
    with studio.http.stream("GET", "/events", timeout=30) as stream:
        lines = stream.iter_lines()
        first = json.loads(next(line for line in lines if line.startswith("data: "))[6:])
        assert first["full"] and "lanes" in first["queue"]
        job = httpx.post(studio.url + "/api/v1/generate_image", json={"prompt": "seen", "seed": 4, **SMALL}).json()
        deadline = time.monotonic() + 20
        for line in lines:
            if line.startswith("data: ") and any(
                each["id"] == job["id"] and each["status"] == "complete" for each in json.loads(line[6:]).get("jobs", [])
            ):
                return
            assert time.monotonic() < deadline
    raise AssertionError("the stream ended")


def test_who_waits_takes_nobodys_place(studio) -> None:
    assert studio.http.post("/api/v1/pause_queue", json={"lane": "cpu"}).status_code == 200
    try:
        asked = {"prompt": "patience", **SMALL}
        with ThreadPoolExecutor(60) as many:
            waiting = [many.submit(WAYS["gradio"], studio, "generate_image", asked | {"seed": n}) for n in range(60)]
            deadline = time.monotonic() + 30
            while studio.http.get("/api/v1/queue").json()["queued"] < 60 and time.monotonic() < deadline:
                time.sleep(0.1)
            began = time.monotonic()
            job = WAYS["gradio"](studio, "generate_image", asked | {"seed": 100, "wait": False})
            took = time.monotonic() - began
            assert job["status"] == "queued" and took < patience(1), took
            studio.http.post("/api/v1/resume_queue", json={"lane": "cpu"})
            assert {each.result(timeout=120)["status"] for each in waiting} == {"complete"}
    finally:
        studio.http.post("/api/v1/resume_queue", json={"lane": "cpu"})


def test_the_wait_ends_when_it_was_to_end(studio) -> None:
    studio.http.post("/api/v1/pause_queue", json={"lane": "cpu"})
    try:
        job = rest(studio, "generate_image", {"prompt": "later", "wait_seconds": 0.3, **SMALL})
        assert job["status"] == "queued" and job["queue_position"] == 1
        assert rest(studio, "cancel_job", {"job_id": job["id"]})["status"] == "cancelled"
    finally:
        studio.http.post("/api/v1/resume_queue", json={"lane": "cpu"})


def test_more_may_not_wait(start_studio) -> None:
    one = start_studio(waiters="2")
    one.http.post("/api/v1/pause_queue", json={"lane": "cpu"})
    with ThreadPoolExecutor(2) as two:
        held = [two.submit(rest, one, "generate_image", {"prompt": "held", "seed": n, "wait_seconds": 120, **SMALL}) for n in range(2)]
        while one.http.get("/api/v1/queue").json()["queued"] < 2:
            time.sleep(0.05)
        refused = one.http.post("/api/v1/generate_image", json={"prompt": "one more", "wait": True})
        assert refused.status_code == 429 and refused.json()["error"]["code"] == "RATE_LIMITED" and int(refused.headers["retry-after"]) > 0
        assert one.http.post("/api/v1/generate_image", json={"prompt": "one more", **SMALL}).status_code == 202
        one.http.post("/api/v1/resume_queue", json={"lane": "cpu"})
        assert {each.result()["status"] for each in held} == {"complete"}


def test_whoever_hangs_up_gives_the_place_back(start_studio) -> None:
    one = start_studio(waiters="1")
    one.http.post("/api/v1/pause_queue", json={"lane": "cpu"})
    for n in range(3):
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(one.url + "/api/v1/generate_image", json={"prompt": "gone", "seed": n, "wait": True, **SMALL}, timeout=2)
    eventually(lambda: one.http.get("/api/v1/queue").json()["queued"] == 3, what="the work itself going on")


def test_the_end_is_quick_and_clean(start_studio) -> None:
    one = start_studio()
    with httpx.stream("GET", one.url + "/events", timeout=30) as stream:
        next(line for line in stream.iter_lines() if line.startswith("data: "))
        began = time.monotonic()
        assert one.stop() == 0
        assert time.monotonic() - began < patience(5)
    assert "Traceback" not in one.log.read_text(), one.log.read_text()[-2000:]
    from studio import files

    assert not list(Path.home().glob(f".cache/troubadour/gradio/*/{one.process.pid}-*")), files.home_folder()
