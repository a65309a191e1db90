"""What must hold in every STUDIO_HOME whatever has happened to the processes, once all work has ended."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from jobs import process

ENDED = {"complete", "error", "cancelled"}
LIVE = {"queued", "loading", "generating", "encoding"}


def _rows(path: Path, sql: str) -> list[sqlite3.Row]:
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(sql).fetchall()


def assert_invariants(home: Path, accepted: Iterable[str] = ()) -> dict[str, int]:
    """Check everything; returns how many jobs there are of each status."""
    jobs = {job["id"]: job for job in _rows(home / "studio.db", "select * from jobs")}
    lost = set(accepted) - set(jobs)
    assert not lost, f"accepted jobs are missing: {lost}"
    for job in jobs.values():
        _one_state(job)
    files = _rows(home / "studio.db", "select * from artifacts")
    for job in jobs.values():
        if job["status"] != "complete":
            assert not any(file["job"] == job["id"] for file in files), f"{job['status']} job {job['id']} has artifacts"
        elif job["type"] == "image":
            assert any(file["job"] == job["id"] for file in files), f"complete job {job['id']} has no picture"
    for file in files:
        _whole(home, file)
    _nothing_else(home, {home / file["path"] for file in files}, jobs)
    for name in ("studio.db", "queue.db"):
        assert _rows(home / name, "pragma integrity_check")[0][0] == "ok", f"{name} is damaged"
    counts: dict[str, int] = {}
    for job in jobs.values():
        counts[job["status"]] = counts.get(job["status"], 0) + 1
    return counts


def _one_state(job: sqlite3.Row) -> None:
    where = f"{job['kind']} {job['id']} is {job['status']}"
    assert job["status"] in ENDED | LIVE, where
    assert (job["status"] in ENDED) == (job["completed_at"] is not None), f"{where}, completed_at {job['completed_at']}"
    assert job["attempts"] <= 3, f"{where} after {job['attempts']} attempts"
    assert (job["error"] is not None) == (job["status"] == "error"), f"{where}, error {job['error']}"
    if job["status"] in ENDED:
        assert not job["ready"] and not job["parked"] and job["worker"] is None, f"{where} and yet waits or is held"
    if job["worker"] is not None:
        assert process.alive(job["worker"]), f"{where}, held by {job['worker']}, which is dead"


def _whole(home: Path, file: sqlite3.Row) -> None:
    path = home / file["path"]
    assert path.is_file(), f"{path.name} of job {file['job']} is missing"
    data = path.read_bytes()
    assert hashlib.sha256(data).hexdigest() == file["sha256"] and len(data) == file["bytes"], f"{path} is not what was recorded"
    side = path.with_name(path.name + ".meta.json")
    assert side.is_file(), f"{path} has no sidecar"
    told = json.loads(side.read_text("utf-8"))
    assert told["job_id"] == file["job"] and told["artifact"]["sha256"] == file["sha256"], f"{side} speaks of another file"


def _nothing_else(home: Path, known: set[Path], jobs: dict[str, sqlite3.Row]) -> None:
    """No half-written file, no leftover of an attempt that lost, no work folder of a job that has ended."""
    for path in (home / "outputs").rglob("*"):
        if path.is_dir():
            continue
        if path.parent.name == "thumbs":
            owner = path.parent.parent / path.name.rsplit(".", 2)[0]
        else:
            owner = path.with_name(path.name.removesuffix(".meta.json"))
        assert owner in known, f"stale {path}"
    left = [path for pattern in ("*.tmp", "*.part") for path in home.rglob(pattern)]
    assert not left, f"temporary files left: {left}"
    for path in (home / "work").iterdir():
        job = jobs.get(path.name.split(".")[0])
        assert job is not None and job["completed_at"] is None, f"work folder left: {path}"
