"""A job as everybody sees it (design §5): one shape for page, API, REST, MCP, CLI and sidecar."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from config import settings
from jobs import estimate
from jobs.store import Row, row, rows, value

AHEAD = "ready=1 and status='queued'"


def hands(lane: str) -> int:
    """How many jobs of a lane run side by side."""
    return {"cpu": settings().cpu_workers, "io": settings().io_threads}.get(lane, 1)


def view(job: Row) -> dict[str, Any]:
    """One job."""
    return views([job])[0]


def views(jobs: Sequence[Row]) -> list[dict[str, Any]]:
    """Several jobs, with one query each for files, places in the queue and children."""
    ids = [job["id"] for job in jobs]
    files = _files(ids)
    places = _places([job for job in jobs if job["status"] == "queued"])
    running = {lane: estimate.running(lane) for lane in {job["lane"] for job in jobs if job["status"] == "queued"}}
    children = _children([job["id"] for job in jobs if job["type"] in ("song", "film")])
    return [
        _view(job, files.get(job["id"], []), places.get(job["id"]), running.get(job["lane"], 0.0), children.get(job["id"])) for job in jobs
    ]


def _view(
    job: Row, outputs: list[dict[str, Any]], place: tuple[int, float] | None, running: float, children: dict[str, int] | None
) -> dict[str, Any]:
    position, ahead = place or (None, 0.0)
    started, ended = job["started_at"], job["completed_at"]
    return {
        "id": job["id"],
        "kind": job["kind"],
        "type": job["type"],
        "title": job["title"],
        "style": job["style"],
        "status": job["status"],
        "progress": round(job["progress"], 4),
        "stage": job["stage"],
        "message": job["message"],
        "queue_position": position,
        "eta_s": estimate.left(job, ahead + running, hands(job["lane"])),
        "request": json.loads(job["request"]),
        "resolved_prompt": job["resolved_prompt"],
        "provenance": json.loads(job["provenance"]),
        "outputs": outputs,
        "result": json.loads(job["result"]) if job["result"] else None,
        "error": json.loads(job["error"]) if job["error"] else None,
        "parent": job["parent"],
        "step": job["step"],
        "variation_of": job["variation_of"],
        "attempts": job["attempts"],
        "correlation_id": job["correlation_id"],
        "created_at": job["created_at"],
        "started_at": started,
        "completed_at": ended,
        "duration_s": round(ended - started, 3) if ended and started else None,
        "favourite": bool(job["favourite"]),
        "project": job["project"],
        "priority": job["priority"],
        "lane": job["lane"],
        "preview": f"/jobs/{job['id']}/preview?v={job['preview']}" if job["preview"] else None,
        "children": children,
    }


def output(file: Row) -> dict[str, Any]:
    """One finished file."""
    meta = json.loads(file["meta"])
    return {
        "id": file["id"],
        "url": f"/artifacts/{file['id']}",
        "thumbnail": f"/artifacts/{file['id']}?w=256",
        "media_type": file["media_type"],
        "width": file["width"],
        "height": file["height"],
        "duration": file["duration"],
        "sha256": file["sha256"],
        "bytes": file["bytes"],
        "role": file["role"],
        "seed": meta.get("seed"),
        "index": file["number"],
        "filename": file["path"].rsplit("/", 1)[-1],
    }


def _marks(many: Iterable[Any]) -> str:
    return ",".join("?" for _ in many)


def _files(ids: list[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for file in rows(f"select * from artifacts where job in ({_marks(ids)}) order by job, number", *ids):
        found.setdefault(file["job"], []).append(output(file))
    return found


def _children(ids: list[str]) -> dict[str, dict[str, int]]:
    found = rows(
        f"select parent, count(*) total, sum(status='complete') complete from jobs where parent in ({_marks(ids)}) group by parent", *ids
    )
    return {each["parent"]: {"total": each["total"], "complete": each["complete"]} for each in found}


def _places(queued: list[Row]) -> dict[str, tuple[int, float]]:
    """Queue position (from 1) and the seconds of work ahead."""
    if len(queued) <= 3:
        return {job["id"]: _place(job) for job in queued}
    found = rows(
        "select id, row_number() over w at, sum(estimate) over w - estimate ahead from jobs where "
        + AHEAD
        + " window w as (partition by lane order by priority desc, turn, place, n rows unbounded preceding)"
    )
    wanted = {job["id"] for job in queued}
    return {each["id"]: (each["at"], each["ahead"]) for each in found if each["id"] in wanted}


def _place(job: Row) -> tuple[int, float]:
    ahead = row(
        "select count(*) n, coalesce(sum(estimate), 0) seconds from jobs where " + AHEAD + " and lane=? and"
        " (priority>? or (priority=? and (turn, place, n) < (?,?,?)))",
        job["lane"],
        job["priority"],
        job["priority"],
        job["turn"],
        job["place"],
        job["n"],
    )
    assert ahead is not None  # an aggregate always has a row
    return ahead["n"] + 1, ahead["seconds"]


def variations(job_id: str) -> list[str]:
    """The jobs that vary this one."""
    return [each["id"] for each in rows("select id from jobs where variation_of=? order by n", job_id)]


def count_live(owner: str, status: str) -> int:
    """How many of an owner's jobs are queued, or running."""
    test = "status='queued'" if status == "queued" else "status in ('loading','generating','encoding')"
    return int(value(f"select count(*) from jobs where owner=? and parent is null and completed_at is null and {test}", owner))
