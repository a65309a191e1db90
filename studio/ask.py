"""The one way in which a program's question reaches a door: who asks, what is missing, how many may wait."""
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from config import settings
from engines.errors import BadRequest, RateLimited
from engines.words import nearest
from jobs.control import Caller
from jobs.declared import DOORS, Door
from studio import files, schema

_waiting = 0


def caller(request: Any) -> Caller:
    """Who sent this request, as the gate found out. Starlette's, FastAPI's and Gradio's requests will do."""
    scope = getattr(request, "request", request).scope
    return Caller(owner=scope["studio.visitor"].owner, correlation_id=scope["studio.id"])


def public_doors() -> list[Door]:
    """Every door that is offered to people and programs."""
    return [door for door in DOORS.values() if door.public]


def door_named(name: str) -> Door:
    """The door of this name, hidden ones too; raises BadRequest with the nearest name."""
    if name in DOORS:
        return DOORS[name]
    raise BadRequest(f"there is no {name!r}{nearest(name, [door.name for door in public_doors()])}")


async def ask(door: Door, values: dict[str, Any], who: Caller) -> dict[str, Any]:
    """Knock at a door. Raises StudioError; a copy of a file that was lent to Gradio goes when its job is deleted."""
    values = schema.without_defaults(door, values)
    waiting = schema.waits(door) and values.get("wait", True) is True
    with waiting_place() if waiting else nullcontext():
        answer = await door.call(values, who)
    if door.name == "delete_job":
        for job_id in {*answer["jobs"], values["job_id"]}:
            files.forget(job_id)
    return answer


@contextmanager
def waiting_place() -> Iterator[None]:
    """A place among those who wait."""
    global _waiting
    if _waiting >= settings().waiters:
        raise RateLimited(f"{_waiting} callers are waiting already; send wait=false and ask for the job later.", retry_after=5)
    _waiting += 1
    try:
        yield
    finally:
        _waiting -= 1
