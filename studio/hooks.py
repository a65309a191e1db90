"""Where other people's servers call when work is done: POST /api/v1/hooks/<server>.

A call is believed when it carries the server's signature and is not older than five minutes, and even then it does no more than make
the job that waits for that work look at once: nothing of it is read but the id, so a call that comes twice, late or never changes nothing.
"""

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from config import catalog
from engines.clients import keys
from engines.clients.replicate import verified
from engines.clients.replies import Unreadable, read_json
from engines.errors import BadRequest
from jobs import errands
from studio import errors, rest


@rest.answers
async def hook(request: Request) -> Response:
    """One call of a server."""
    body = await request.body()
    return JSONResponse(await run_in_threadpool(_heard, request.path_params["server"], dict(request.headers), body))


def _heard(server: str, headers: dict[str, str], body: bytes) -> dict[str, bool]:
    told_of = [row.options for row in catalog().values() if row.options.get("server") == server]
    name = next((str(each["webhook_key"]) for each in told_of if each.get("webhook_key")), "")
    secret = keys.key(name) if name else None
    if secret is None:
        raise errors.NoSuchRoute("No server calls here.")
    verified(headers, body, secret)
    try:
        told = read_json(body)
    except Unreadable as error:
        raise BadRequest(f"the body cannot be read: {error}") from None
    remote = told.get("id") if isinstance(told, dict) else None
    return {"known": isinstance(remote, str) and errands.heard(server, remote)}


def routes(app: FastAPI) -> None:
    """Add it."""
    app.add_route(f"{errands.HOOKS}/{{server}}", hook, methods=["POST"])
