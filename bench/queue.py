"""The queue against the work itself: overhead, latency, throughput, lists of 100,000 jobs, cancel, recovery.

python -m bench.queue   prints rows of (measure, reached, aim)
"""

import json
import os
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import psutil

from config import settings
from tests.conftest import Studio, fresh_home

TRIAL = """
trial-second: {engine: "tests.trial_engines:Slow", for: [generate_image], hidden: true, options: {steps: 20}}
warm-a: {engine: "tests.trial_engines:WarmA", for: [generate_image], hidden: true, lane: gpu}
warm-b: {engine: "tests.trial_engines:WarmB", for: [generate_image], hidden: true, lane: gpu}
"""
Row = tuple[str, str, str]
FLAT: dict[str, Any] = {"prompt": "flat", "model": "flat", "count": 1}


def middle(values: list[float], share: float = 0.5) -> float:
    """A percentile."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def until_ended(http: httpx.Client, ident: str, pause: float = 0.001) -> dict[str, Any]:
    """Poll a job until it has ended."""
    while True:
        job: dict[str, Any] = http.get(f"/api/v1/jobs/{ident}").json()
        if job["completed_at"]:
            return job
        time.sleep(pause)


def start(studio: Studio) -> list[Row]:
    """The web process: when it answers, what it weighs."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], check=True)
    alone = time.perf_counter() - began
    process = psutil.Process(studio.process.pid)
    weight = process.memory_info().rss / 2**20
    torch = "torch" in Path(f"/proc/{process.pid}/maps").read_text()
    return [
        ("page answers after start", f"{studio.ready_seconds:.1f} s (import gradio alone {alone:.1f} s)", "import of Gradio + 1 s"),
        ("memory of the web process", f"{weight:.0f} MB, {'torch loaded' if torch else 'no torch'}", "≤ 200 MB, no torch"),
    ]


def one_by_one(studio: Studio, many: int = 60) -> list[Row]:
    """Trivial durable jobs through REST, one after another until the file is there; and how soon a worker starts."""
    took, woke = [], []
    for n in range(many):
        began = time.perf_counter()
        job = studio.http.post("/api/v1/generate_image", json=FLAT | {"seed": n, "wait": True}).json()
        studio.http.get(job["outputs"][0]["url"]).read()
        took.append(time.perf_counter() - began)
        woke.append(job["started_at"] - job["created_at"])
    took, woke = took[10:], woke[10:]
    return [
        (
            "trivial durable job through REST, file fetched",
            f"p50 {middle(took) * 1e3:.1f} ms, p95 {middle(took, 0.95) * 1e3:.1f} ms",
            "p50 < 19 ms",
        ),
        ("submit → worker starts, idle studio", f"p50 {middle(woke) * 1e3:.1f} ms, p95 {middle(woke, 0.95) * 1e3:.1f} ms", "p50 ≤ 8 ms"),
    ]


def at_once(studio: Studio, many: int = 200) -> list[Row]:
    """Many queued at once, from the first submit to the last file."""
    began = time.perf_counter()
    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda n: studio.http.post("/api/v1/generate_image", json=FLAT | {"seed": 1000 + n}).json()["id"], range(many)))
    submitted = time.perf_counter() - began
    while (state := studio.http.get("/api/v1/queue").json())["queued"] + state["running"]:
        time.sleep(0.05)  # looking more often would take a core from those who work
    took = time.perf_counter() - began
    jobs = [until_ended(studio.http, ident) for ident in ids[-20:]]
    assert all(job["status"] == "complete" for job in jobs)
    worked = max(job["completed_at"] for job in jobs) - min(until_ended(studio.http, ids[0])["started_at"], jobs[0]["started_at"])
    return [
        (
            "the same, 200 queued",
            f"{many / took:.0f} per second in all, {many / worked:.0f} per second by the workers "
            f"({many / submitted:.0f} accepted per second)",
            "100 per second",
        )
    ]


def overhead(studio: Studio) -> list[Row]:
    """A job of one second against the engine called directly."""
    from tests.trial_engines import Slow

    class Nobody:
        folder = Path(tempfile.mkdtemp())
        words = ""

        def progress(self, *_: Any, **__: Any) -> None:
            return

    from engines.image.request import ImageRequest

    direct, queued = [], []
    for n in range(5):
        began = time.perf_counter()
        Slow(steps=20).generate(ImageRequest(prompt="x", seed=n), Nobody())  # type: ignore[arg-type]
        direct.append(time.perf_counter() - began)
        began = time.perf_counter()
        studio.http.post("/api/v1/generate_image", json={"prompt": "x", "model": "trial-second", "seed": n, "wait": True})
        queued.append(time.perf_counter() - began)
    extra = statistics.median(queued) - statistics.median(direct)
    return [
        (
            "overhead on a 1 s job, file, sidecar and thumbnail written",
            f"{extra * 1e3:.0f} ms, {extra / statistics.median(direct):.1%}",
            "≤ 3 %, ≤ 50 ms",
        )
    ]


def alternating(studio: Studio, many: int = 40) -> list[Row]:
    """Jobs that alternate between two models of the gpu lane, all queued before the first is taken."""
    from tests.trial_engines import noted

    studio.http.post("/api/v1/pause_queue", json={"lane": "gpu"})
    asked = [{"prompt": "x", "model": "warm-a" if n % 2 else "warm-b", "seed": n} for n in range(many)]
    ids = [studio.http.post("/api/v1/generate_image", json=each).json()["id"] for each in asked]
    studio.http.post("/api/v1/resume_queue", json={"lane": "gpu"})
    assert all(until_ended(studio.http, ident)["status"] == "complete" for ident in ids)
    loads = sum(noted(studio.home, "load", name) for name in ("WarmA", "WarmB"))
    return [(f"{many} jobs alternating between two models", f"{loads} loads", "2 per bounded wait")]


def idle(studio: Studio, seconds: float = 20) -> list[Row]:
    """What a waiting worker costs."""
    workers = [each for each in psutil.Process(studio.process.pid).children() if "worker" in each.cmdline()]
    before = [sum(each.cpu_times()[:2]) for each in workers]
    time.sleep(seconds)
    shares = [(sum(each.cpu_times()[:2]) - was) / seconds for each, was in zip(workers, before)]
    return [("idle worker", f"{max(shares):.2%} of a core (the busiest of {len(workers)})", "0.1 % of a core")]


def cancel(studio: Studio, many: int = 12) -> list[Row]:
    """From the cancel to the end of the job, mid-work."""
    took = []
    for n in range(many):
        ident = studio.http.post("/api/v1/generate_image", json={"prompt": "x", "model": "trial-second", "seed": n}).json()["id"]
        time.sleep(0.3)
        began = time.perf_counter()
        studio.http.post(f"/api/v1/jobs/{ident}/cancel")
        job = until_ended(studio.http, ident)
        took.append(time.perf_counter() - began)
        assert job["status"] == "cancelled"
    return [("cancel to free worker", f"p95 {middle(took, 0.95) * 1e3:.0f} ms with steps of 50 ms", "p95 1 s + one step")]


def recovery(studio: Studio, many: int = 3) -> list[Row]:
    """kill -9 of the worker mid-work, until the job goes on."""
    took = []
    for n in range(many):
        ident = studio.http.post("/api/v1/generate_image", json={"prompt": "x", "model": "trial-second", "seed": n}).json()["id"]
        time.sleep(0.4)
        held = sqlite3.connect(studio.home / "studio.db").execute("select worker from jobs where id=?", (ident,)).fetchone()[0]
        os.kill(int(held.split(":")[1]), signal.SIGKILL)
        began = time.perf_counter()
        while studio.http.get(f"/api/v1/jobs/{ident}").json()["attempts"] < 2:
            time.sleep(0.01)
        took.append(time.perf_counter() - began)
        assert until_ended(studio.http, ident, 0.05)["status"] == "complete"
    return [("recovery after kill -9 of a worker", f"{max(took):.2f} s until it works again", "10 s")]


SHELVES = {
    "list": "limit=50",
    "page 1,000": "limit=50&cursor=1050000",
    "type": "type=image&limit=50",
    "search": "search=owl+lantern&limit=50",
    "favourites": "favourite=true&limit=50",
    "status": "status=complete&limit=50",
}
WORDS = "fox owl harbour lantern snow river lighthouse girl storm train garden star moon castle boat bell".split()  # noqa: SIM905


def fill(path: Path, many: int) -> None:
    """Many finished jobs, each like the first finished one but for its words."""
    db = sqlite3.connect(path, timeout=60)
    pattern = db.execute("select * from jobs where status='complete' limit 1")
    names = [each[0] for each in pattern.description]
    like = dict(zip(names, pattern.fetchone()))
    insert = f"insert into jobs({','.join(names)}) values ({','.join('?' * len(names))})"
    with db:
        for n in range(1_000_000, 1_000_000 + many):
            text = " ".join(WORDS[(n * k) % len(WORDS)] for k in (1, 3, 7))
            own = {"n": n, "id": uuid.uuid4().hex, "title": text, "favourite": n % 50 == 0, "request": json.dumps({"prompt": text})}
            db.execute(insert, tuple((like | own | {"idempotency_key": None}).values()))
            db.execute("insert into job_words(rowid, words) values (?, ?)", (n, text))
    db.close()


def shelves(studio: Studio, many: int = 100_000) -> list[Row]:
    """Lists, searches and pages with 100,000 jobs."""
    fill(studio.home / "studio.db", many)
    found = []
    for name, query in SHELVES.items():
        took = []
        for _ in range(20):
            began = time.perf_counter()
            assert len(studio.http.get(f"/api/v1/jobs?{query}").json()["jobs"]) == 50, name
            took.append(time.perf_counter() - began)
        found.append(f"{name} {middle(took, 0.95) * 1e3:.0f} ms")
    return [("pages of 50 among 100,000 jobs, p95 through REST", ", ".join(found), "p95 ≤ 50 ms")]


def measure() -> list[Row]:
    """Every row, from one studio."""
    home = fresh_home()
    (home / "models.yaml").write_text(TRIAL)
    os.environ["STUDIO_HOME"] = str(home)  # for the engine that is called directly
    settings.cache_clear()
    studio = Studio(home).start()
    try:
        parts = (start, one_by_one, at_once, overhead, alternating, cancel, recovery, idle, shelves)
        return [row for part in parts for row in part(studio)]
    finally:
        studio.stop()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="  |  ")
