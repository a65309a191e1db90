"""Server-sent events: one stream for the page, one per job for programs. Streams end at once when the studio stops."""
import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from jobs import watch
from jobs.control import Caller
from jobs.declared import DOORS
from studio.ask import ask, caller
from studio.rest import ENDED, V1, answers

RETRY_MS = 2000
HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}

MOST_WAITING = 500
"""Events a client may be behind before it is let go; it comes back and begins anew."""

_pumps: set["asyncio.Task[None]"] = set()


def stop() -> None:
    """End every stream; called in the server's own loop."""
    for pump in _pumps:
        pump.cancel()


class End:
    """The last thing a pump says, with the error that ended it, if one did."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error


async def _pump(source: AsyncIterator[Any], out: "asyncio.Queue[Any]") -> None:
    """A task of its own, so that neither a client that leaves nor the studio's end leaves the source half read."""
    end = End()
    try:
        async for each in source:
            out.put_nowait(each)
            if out.qsize() > MOST_WAITING:
                break
    except Exception as error:  # raised again where the stream is read
        end = End(error)
    finally:
        out.put_nowait(end)


async def until_stopped(source: AsyncIterator[Any]) -> AsyncIterator[Any]:
    """What a source yields, until it ends or the studio stops."""
    waiting: asyncio.Queue[Any] = asyncio.Queue()
    pump = asyncio.create_task(_pump(source, waiting))
    _pumps.add(pump)
    pump.add_done_callback(_pumps.discard)
    try:
        while not isinstance(each := await waiting.get(), End):
            yield each
        if each.error is not None:
            raise each.error
    finally:
        pump.cancel()


def event(number: int, data: Any, name: str = "") -> str:
    """One event as it goes over the wire."""
    head = f"event: {name}\n" if name else ""
    return f"{head}id: {number}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


async def _page(who: Caller) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    number = 0
    async for told in until_stopped(watch.stream(who)):
        number += 1
        yield event(number, told)


async def changes(job_id: str, who: Caller) -> AsyncIterator[dict[str, Any]]:
    """A job each time it changes, the last time when it has ended."""
    job = await ask(DOORS["get_job"], {"job_id": job_id}, who)
    yield job
    if job["status"] in ENDED:
        return
    async for told in until_stopped(watch.stream(who)):
        if told.get("full"):  # what happened between the reading and the first event
            found = [await ask(DOORS["get_job"], {"job_id": job_id}, who)]
        else:
            found = [each for each in told.get("jobs", []) if each["id"] == job_id]
        for each in found:
            if each != job:
                yield (job := each)
        if job["status"] in ENDED or job_id in told.get("removed", []):
            return


async def _job(first: dict[str, Any], rest: AsyncIterator[dict[str, Any]]) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n" + event(1, first, "job")
    number = 1
    async for job in rest:
        number += 1
        yield event(number, job, "job")
    yield f"event: end\nid: {number + 1}\ndata: {{}}\n\n"


@answers
async def page_events(request: Request) -> Response:
    """GET /events: what the page shows, as it changes."""
    return StreamingResponse(_page(caller(request)), media_type="text/event-stream", headers=HEADERS)


@answers
async def job_events(request: Request) -> Response:
    """GET /api/v1/jobs/{id}/events: one job until it has ended."""
    source = changes(request.path_params["id"], caller(request))
    first = await anext(source)  # an unknown id is refused before the stream begins
    return StreamingResponse(_job(first, source), media_type="text/event-stream", headers=HEADERS)


def routes(app: FastAPI) -> None:
    """Add them."""
    app.add_route("/events", page_events, methods=["GET"])
    app.add_route(f"{V1}/jobs/{{id}}/events", job_events, methods=["GET"])
