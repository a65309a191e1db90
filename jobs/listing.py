"""Lists of jobs: filtered, searched, paged by key so that page 1,000 costs what page 1 costs."""

import re
from typing import Any, get_args

from engines.base import JobType
from engines.errors import BadRequest
from engines.words import nearest
from jobs.store import Row, rows

STATUSES = ("queued", "loading", "generating", "encoding", "complete", "error", "cancelled", "active")
TYPES = get_args(JobType)


STOP = r"(?:in|on|at|by|with|and|or|nor|but|under|over|near|of|from|to|is|are|\w+ing)\b"
LEFT_OUT = re.compile(
    rf"\b(?:no|without)(?:\s+(?:any|a|an|the))?(?:\s+(?!{STOP})[\w'’-]+){{1,2}}(?:\s+n?or\s+[\w'’-]+)*(?=\s*(?:[^\w\s]|$)|\s+{STOP})",
    re.IGNORECASE,
)
"""What a prompt says is not to be there: "no cats", "without any red boats or nets"; up to two words, to the end of the phrase."""


def wanted(prompt: str) -> str:
    """The words of a prompt under which a picture is found: not those that it leaves out."""
    return LEFT_OUT.sub(" ", prompt)


def page(owner: str, *, limit: int = 50, cursor: str | None = None, **filters: Any) -> tuple[list[Row], str | None]:
    """Jobs of an owner, newest first, and the cursor of the next page. Top-level jobs unless `parent` is given."""
    tests, values = _tests(owner, **filters)
    if cursor is not None:
        if not cursor.isdecimal():
            raise BadRequest("cursor must be the `next` of an earlier page", fields=["cursor"])
        tests.append("jobs.n<?")
        values.append(int(cursor))
    source = "jobs"
    words = _match(filters.get("search"))
    if words:
        source = "job_words join jobs on jobs.n=job_words.rowid"
        tests.append("job_words match ?")
        values.append(words)
        if cursor is not None:
            tests.append("job_words.rowid<?")
            values.append(int(cursor))
    for sign in _signs(filters.get("search")):
        tests.append("instr(jobs.title, ?)")
        values.append(sign)
    order = "job_words.rowid" if words else "jobs.n"
    found = rows(f"select jobs.* from {source} where {' and '.join(tests)} order by {order} desc limit ?", *values, limit + 1)
    more = len(found) > limit
    return found[:limit], str(found[limit - 1]["n"]) if more else None


def _tests(owner: str, **filters: Any) -> tuple[list[str], list[Any]]:
    tests, values = ["jobs.owner=?"], [owner]
    parent, kind, status = filters.get("parent"), filters.get("type"), filters.get("status")
    tests.append("jobs.parent=?" if parent else "jobs.parent is null")
    values += [parent] if parent else []
    if kind:
        if kind not in TYPES:
            raise BadRequest(f"unknown type {kind!r}{nearest(kind, TYPES)}", fields=["type"])
        tests.append("jobs.type=?")
        values.append(kind)
    if status:
        if status not in STATUSES:
            raise BadRequest(f"unknown status {status!r}{nearest(status, STATUSES)}", fields=["status"])
        tests.append("jobs.completed_at is null" if status == "active" else "jobs.status=?")
        values += [] if status == "active" else [status]
    if filters.get("favourite") is not None:
        tests.append("jobs.favourite=?")
        values.append(str(int(filters["favourite"])))
    if filters.get("project"):
        tests.append("jobs.project=?")
        values.append(filters["project"])
    return tests, values


def _match(search: str | None) -> str:
    """What a person typed as an FTS query: every word must begin a word of the job."""
    words = ["".join(c for c in word if c.isalnum()) for word in (search or "").replace("_", " ").split()]
    return " ".join(f'"{word}"*' for word in words if word)


def _signs(search: str | None) -> list[str]:
    """What a person typed that is neither letter nor digit, an emoji say: it must stand in the job's title as it is."""
    return [word for word in (search or "").split() if not any(c.isalnum() for c in word)]
