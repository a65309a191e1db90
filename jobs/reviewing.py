"""Looking through what moderation flagged or blocked: the list, and what is decided about a job on it."""

import json
import time
from typing import Any

from config import settings
from engines.errors import BadRequest, Conflict, JobNotFound, Unauthorized
from jobs import control
from jobs.control import Caller
from jobs.store import row, rows, value, write
from jobs.view import views


def _owner_only() -> None:
    if settings().public:
        raise Unauthorized("In a public studio nobody looks through everybody's work; review it on the machine that runs it, not here.")


def page(caller: Caller, state: str, limit: int, cursor: str | None) -> dict[str, Any]:
    """The jobs on the list, newest first, each with what was found."""
    _owner_only()
    if cursor is not None and not cursor.isdecimal():
        raise BadRequest("cursor must be the `next` of an earlier page", fields=["cursor"])
    found = rows(
        "select reviews.* from reviews join jobs on jobs.id=reviews.job where state=? and reviews.n<? order by reviews.n desc limit ?",
        state, int(cursor) if cursor else 2**62, limit + 1,
    )
    more, found = len(found) > limit, found[:limit]
    marks = ",".join("?" * len(found))
    jobs = {each["id"]: each for each in views(rows(f"select * from jobs where id in ({marks})", *(each["job"] for each in found)))}
    shown = [
        {"job": jobs[each["job"]], "state": each["state"], "blocked": bool(each["blocked"]), "verdicts": json.loads(each["verdicts"]),
         "created_at": each["created_at"], "decided_at": each["decided_at"]}
        for each in found
        if each["job"] in jobs  # it may have been deleted in this very moment
    ]
    waiting = value("select count(*) from reviews where state='open'")
    following = str(found[-1]["n"]) if more else None
    mode = {"mode": settings().moderation, "moderators": list(settings().moderators)}
    return {"reviews": shown, "next": following, "open": waiting} | mode


def decide(job_id: str, decision: str, caller: Caller) -> dict[str, Any]:
    """Let a job pass (what was blocked goes back to the queue), or remove it with its files."""
    _owner_only()
    known = row("select * from reviews where job=?", job_id)
    if known is None:
        raise JobNotFound(f"The job {job_id[:80]!r} is not on the review list; list_reviews shows those that are.")
    if known["state"] == "approved" and decision == "approve":
        raise Conflict("This job was let pass already.", state=known["state"])
    root = row("select * from jobs where id=?", known["root"])
    assert root is not None  # a trigger takes the reviews of a job away with it
    owner = Caller(root["owner"], caller.correlation_id)
    if decision == "remove":
        return control.delete(root["id"], owner) | {"state": "removed"}
    with write() as db:
        db.execute("update reviews set state='approved', decided_at=? where root=?", (time.time(), known["root"]))
    failed = root["status"] == "error" and known["blocked"]
    return (control.requeue if failed else control.job)(root["id"], owner) | {"state": "approved"}
