"""The order of what waits: move a job, pause and resume a lane."""

from typing import Any

from config import settings
from engines.errors import BadRequest, Conflict, Unauthorized
from engines.words import nearest
from jobs import queue
from jobs.accept import GAP
from jobs.control import Caller, find, job, status
from jobs.life import told
from jobs.store import Row, row, write

LAST = (
    "select priority, turn, place from jobs where ready=1 and lane=? and owner=? and id<>? order by priority, turn desc, place desc limit 1"
)
AHEAD = "select place from jobs where ready=1 and lane=? and priority=? and turn=? and place<? and id<>? order by place desc limit 1"


def move(job_id: str, before: str | None, caller: Caller) -> dict[str, Any]:
    """Put a waiting job before another one of the caller's, or to the end of their own (before = null)."""
    mine = _waiting(find(job_id, caller))
    with write() as db:
        if before is None:
            there = row(LAST, mine["lane"], caller.owner, job_id) or mine
            place = there["place"] + GAP
        else:
            there = _waiting(find(before, caller))
            if there["lane"] != mine["lane"]:
                raise Conflict("The two jobs wait in different lanes; a job can only be moved within its own.")
            ahead = row(AHEAD, there["lane"], there["priority"], there["turn"], there["place"], job_id)
            place = (ahead["place"] + there["place"]) / 2 if ahead else there["place"] - GAP
        db.execute("update jobs set priority=?, turn=?, place=? where id=?", (there["priority"], there["turn"], place, job_id))
    told(job_id)
    return job(job_id, caller)


def _waiting(found: Row) -> Row:
    if found["status"] != "queued":
        raise Conflict(f"Only a waiting job can be moved; this one is {found['status']}.", status=found["status"])
    return found


def pause(lane: str, caller: Caller, on: bool = True) -> dict[str, Any]:
    """Pause or resume a lane; what runs goes on. Unauthorized in a public studio, where others wait in it too."""
    if settings().public:
        raise Unauthorized("In a public studio nobody stops everybody's work; cancel, move or requeue your own jobs instead.")
    if lane not in queue.LANES:
        raise BadRequest(f"unknown lane {lane!r}{nearest(lane, queue.LANES)}", fields=["lane"])
    with write() as db:
        db.execute("update lanes set paused=? where lane=?", (int(on), lane))
    if not on:
        queue.announce(lane, "")
    told("")
    return status(caller)
