"""The life of a job: claim, heartbeat, progress, park, end. Every write after the claim names the claim's token.

queued → loading → generating → encoding → complete, or error, or cancelled. `ready = 1` marks what a worker may claim:
queued jobs, and flows that a child has nudged. A parked flow keeps showing as generating and holds no worker.
"""

import json
import random
import sqlite3
import time
from dataclasses import dataclass
from typing import Any

from config import settings
from engines.errors import JobTimeout, StudioError, WorkerLost
from jobs import errands, queue, wake
from jobs.store import Row, dumps, row, rows, value, write

ENDED = ("complete", "error", "cancelled")
ATTEMPTS = 3
BACKOFF, LONGEST = 2.0, 300.0


class Stale(Exception):
    """Somebody else holds this job now, or it has ended; whatever this worker made is not wanted."""


@dataclass(frozen=True)
class Claim:
    """A worker's hold on a job."""

    id: str
    token: int
    row: Row


def told(job_id: str) -> None:
    """Tell those who watch that a job has changed."""
    wake.poke("web", job_id)


def claim(lane: str, worker: str, boss: str, warm: list[str], warm_until: float) -> Claim | None:
    """Take the best waiting job of a lane: priority, fair turns, the warm model for a bounded wait, age."""
    now = time.time()
    best = (
        "select id, model, priority from jobs where ready=1 and lane=? and not_before<=? {} order by priority desc, turn, place, n limit 1"
    )
    if row(best.format(""), lane, now) is None:
        return None
    with write(durable=False) as db:
        if value("select paused from lanes where lane=?", lane):
            return None
        chosen = row(best.format(""), lane, now)
        if chosen is None:
            return None
        if warm and chosen["model"] not in warm and now < warm_until:
            marks = ",".join("?" * len(warm))
            chosen = row(best.format(f"and priority=? and model in ({marks})"), lane, now, chosen["priority"], *warm) or chosen
        cold = chosen["model"] and chosen["model"] not in warm
        taken = db.execute(
            "update jobs set ready=0, parked=0, nudge=0, eta=null, loaded_at=null, attempts=attempts+1, token=token+1, lease=?,"
            " worker=?, boss=?, progress_at=?, started_at=coalesce(started_at, ?), status=case status when 'queued' then ? else status end"
            " where id=? returning *",
            (now + settings().lease_seconds, worker, boss, now, now, "loading" if cold else "generating", chosen["id"]),
        ).fetchone()
        db.execute("update lanes set turn=max(turn, ?)", (taken["turn"],))  # one clock for all lanes: flows have steps in several
    told(taken["id"])
    return Claim(taken["id"], taken["token"], taken)


def beat(held: Claim) -> bool:
    """Renew the lease; True if the job is to be cancelled. Raises Stale if the claim is lost."""
    with write(durable=False) as db:
        found = db.execute(
            "update jobs set lease=? where id=? and token=? and worker is not null returning cancel",
            (time.time() + settings().lease_seconds, held.id, held.token),
        ).fetchone()
    if found is None:
        raise Stale(held.id)
    return found["cancel"] is not None


def report(held: Claim, **columns: Any) -> None:
    """Write progress, stage, status or preview of a running job. Raises Stale if the claim is lost."""
    names = ", ".join(f"{name}=?" for name in columns)
    with write(durable=False) as db:
        changed = db.execute(
            f"update jobs set {names}, progress_at=? where id=? and token=? and worker is not null",
            (*columns.values(), time.time(), held.id, held.token),
        ).rowcount
    if not changed:
        raise Stale(held.id)
    told(held.id)


def asked_to_stop(held: Claim) -> bool:
    """Whether the person has cancelled; raises Stale if the claim is lost."""
    found = row("select token, cancel, worker from jobs where id=?", held.id)
    if found is None or found["token"] != held.token or found["worker"] is None:
        raise Stale(held.id)
    return found["cancel"] is not None


def end(db: sqlite3.Connection, held: Claim, status: str, **columns: Any) -> None:
    """Within a transaction: end a held job. Raises Stale if the claim is lost."""
    now = time.time()
    columns |= {"status": status, "completed_at": now, "stage": "", "worker": None, "lease": None, "ready": 0, "preview": 0}
    if status == "complete":
        columns["progress"] = 1.0
    names = ", ".join(f"{name}=?" for name in columns)
    changed = db.execute(
        f"update jobs set {names} where id=? and token=? and worker is not null and completed_at is null",
        (*columns.values(), held.id, held.token),
    ).rowcount
    if not changed:
        raise Stale(held.id)
    errands.settle(db, held.id)
    nudge(db, held.row["parent"])


def nudge(db: sqlite3.Connection, parent: str | None) -> None:
    """Within a transaction: a child has ended; its flow, parked or still running, will look again."""
    if parent:
        db.execute(
            "update jobs set nudge=1, ready=case when parked then 1 else ready end, parked=0 where id=? and completed_at is null", (parent,)
        )


def after_end(job_id: str, parent: str | None) -> None:
    """After the commit: wake the flow and those who watch."""
    told(job_id)
    if parent:
        lane = value("select lane from jobs where id=? and ready=1", parent)
        if lane:
            queue.announce(lane, parent)


def fail(held: Claim, error: StudioError) -> None:
    """End in error, or back to the queue with backoff while it is worth another try."""
    if error.transient and held.row["attempts"] < ATTEMPTS:
        put_back(held, error)
        return
    errands.stop(held.id)
    with write() as db:
        end(db, held, "error", error=dumps(error.as_dict()), message=error.message)
    after_end(held.id, held.row["parent"])


def put_back(held: Claim, error: StudioError) -> None:
    """Back to the queue after a transient error: exponential backoff with jitter, at most five minutes."""
    asked = error.details.get("retry_after")
    delay = min(LONGEST, float(asked) if isinstance(asked, int | float) else BACKOFF * 2 ** held.row["attempts"] * random.uniform(0.5, 1.5))
    with write() as db:
        changed = db.execute(
            "update jobs set status='queued', ready=1, stage='', worker=null, lease=null, progress=0, not_before=?, message=?"
            " where id=? and token=? and worker is not null and cancel is null",
            (time.time() + delay, f"Trying again: {error.message}", held.id, held.token),
        ).rowcount
    if not changed:
        stopped(held)
        return
    queue.announce(held.row["lane"], held.id, delay)
    told(held.id)


def stopped(held: Claim) -> None:
    """End as cancelled."""
    with write() as db:
        end(db, held, "cancelled")
    after_end(held.id, held.row["parent"])


def park(held: Claim) -> None:
    """Let go of a flow that waits. A child that ended meanwhile has left a nudge, so no wake-up is lost; nor is a cancel."""
    with write() as db:
        found = db.execute(
            "update jobs set ready=nudge, parked=1-nudge, nudge=0, attempts=0, worker=null, lease=null"
            " where id=? and token=? and worker is not null and cancel is null returning ready, lane",
            (held.id, held.token),
        ).fetchone()
    if found is None:
        stopped(held)
        return
    if found["ready"]:
        queue.announce(found["lane"], held.id)
    told(held.id)


def give_back(where: str, *values: Any, uses_attempt: bool) -> list[Row]:
    """Free held jobs: back to the queue, or error after the last attempt, or cancelled if that was asked.

    Returns them as they were held.
    """
    lost = rows(f"select * from jobs where worker is not null and ({where})", *values)
    if not lost:
        return []
    for job in lost:
        if job["cancel"] is not None or uses_attempt and job["attempts"] >= ATTEMPTS:
            errands.stop(job["id"])  # nobody takes it up again
    spare = "" if uses_attempt else ", attempts=max(0, attempts-1)"
    now = time.time()
    freed: list[Row] = []
    with write() as db:
        for job in rows(f"select * from jobs where worker is not null and ({where})", *values):
            held = Claim(job["id"], job["token"], job)
            if job["cancel"] is not None:
                end(db, held, "cancelled")
            elif uses_attempt and job["attempts"] >= ATTEMPTS:
                gone = WorkerLost(f"The worker died {ATTEMPTS} times on this job; try a smaller size or another model.")
                end(db, held, "error", error=dumps(gone.as_dict()), message=gone.message)
            else:
                db.execute(
                    f"update jobs set status='queued', ready=1, stage='', message='', progress=0, worker=null, lease=null, token=token+1,"
                    f" progress_at=?{spare} where id=?",
                    (now, job["id"]),
                )
            freed.append(job)
    for job in freed:
        after_end(job["id"], job["parent"])
        queue.announce(job["lane"], job["id"])
    return freed


def time_out(job: Row) -> None:
    """End a job that made no progress within its stall limit. Raises Stale if it has ended after all."""
    late = JobTimeout("No progress for too long; the model or its server hangs. Try again, or a smaller size.")
    with write() as db:
        end(db, Claim(job["id"], job["token"], job), "error", error=dumps(late.as_dict()), message=late.message)
    after_end(job["id"], job["parent"])


def provenance(job: Row) -> dict[str, Any]:
    """The stored provenance of a job."""
    found: dict[str, Any] = json.loads(job["provenance"])
    return found
