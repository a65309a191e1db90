"""The doors over plain HTTP: POST /api/v1/<door>, jobs as resources, uploads, and the listings older scripts know."""
import asyncio
import functools
import tempfile
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from engines.errors import BadRequest
from jobs import endpoints as peers
from jobs import files as kept
from jobs.declared import DOORS, Door
from studio import access, errors, schema
from studio.ask import ask, caller, door_named
from studio.openapi import GETS, ON_JOB, document

Handler = Callable[[Request], Awaitable[Response]]
ENDED = ("complete", "error", "cancelled")
V1 = "/api/v1"
GALLERY = {"status": "complete"}


def answers(handler: Handler) -> Handler:
    """A handler whose every error leaves as the body of design §5."""
    @functools.wraps(handler)
    async def safe(request: Request) -> Response:
        try:
            return await handler(request)
        except ClientDisconnect:
            return Response(status_code=499)
        except Exception as error:  # all of them: a bare 500 helps nobody
            return refusal(request, error)
    return safe


def refusal(request: Request, error: BaseException) -> Response:
    """The reply that says what was wrong."""
    correlation_id = request.scope.get("studio.id", "")
    shown = errors.shown(error, correlation_id)
    return JSONResponse(errors.body(shown, correlation_id), shown.status, errors.headers(shown))


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object somebody sent; an empty body is an empty object."""
    raw = await request.body()
    sent = schema.parsed(raw) if raw.strip() else {}
    if not isinstance(sent, dict):
        raise BadRequest("the body must be a JSON object with the parameters by name")
    return sent


def with_headers(door: Door, request: Request, values: dict[str, Any]) -> dict[str, Any]:
    """What HTTP says in headers; and over HTTP nobody waits unless they say so."""
    known = schema.fields(door)
    key = request.headers.get("idempotency-key")
    if key and "idempotency_key" in known:
        values.setdefault("idempotency_key", key)
    if schema.waits(door):
        values.setdefault("wait", False)
    return values


async def knock(door: Door, request: Request, values: dict[str, Any]) -> Response:
    """Ask a door and say with the status whether the work has ended."""
    answer = await _unless_gone(request, ask(door, with_headers(door, request, values), caller(request)))
    started = schema.waits(door) and answer.get("status") not in ENDED
    return JSONResponse(answer, 202 if started else 200, {"Location": f"{V1}/jobs/{answer['id']}"} if started else None)


async def _unless_gone(request: Request, asked: Coroutine[Any, Any, dict[str, Any]]) -> dict[str, Any]:
    """The answer; a caller who hangs up gives their place among the waiting back."""
    answer, gone = asyncio.create_task(asked), asyncio.create_task(_gone(request))
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if answer.done():
            return answer.result()
        raise ClientDisconnect
    finally:
        gone.cancel()
        answer.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        continue


@answers
async def post_door(request: Request) -> Response:
    """POST /api/v1/<capability or verb>."""
    name = request.path_params["name"]
    if name not in DOORS:
        raise errors.NoSuchRoute(_no_such(name))
    return await knock(DOORS[name], request, await body_of(request))


def _no_such(name: str) -> str:
    try:
        door_named(name)
    except BadRequest as error:
        return error.message
    return f"there is no {name!r}"


def query(door: Door, request: Request) -> dict[str, Any]:
    """Query parameters as the field's own types."""
    known = schema.fields(door)
    return {name: schema.typed(text, known[name].annotation) if name in known else text for name, text in request.query_params.items()}


def reads(name: str, **fixed: Any) -> Handler:
    """A GET handler that asks a door with the query's parameters."""
    @answers
    async def get(request: Request) -> Response:
        door = DOORS[name]
        return JSONResponse(await ask(door, query(door, request) | fixed, caller(request)))
    return get


def on_job(name: str) -> Handler:
    """A handler for one job: its id from the path, the rest from the body."""
    @answers
    async def act(request: Request) -> Response:
        sent = await body_of(request) if request.method == "POST" else {}
        return await knock(DOORS[name], request, sent | {"job_id": request.path_params["id"]})
    return act


@answers
async def upload(request: Request) -> Response:
    """POST /api/v1/uploads: a form's first file, or the body itself with the name in ?filename=."""
    owner = caller(request).owner
    if request.headers.get("content-type", "").startswith("multipart/form-data"):
        if "boundary=" not in request.headers["content-type"]:
            raise BadRequest("the form names no boundary; let your HTTP client write the Content-Type of a form itself")
        async with request.form(max_files=1) as form:
            file = next((value for value in form.values() if isinstance(value, UploadFile)), None)
            if file is None:
                raise BadRequest("the form holds no file; put it in a field named file")
            saved = await run_in_threadpool(kept.save_upload, file.file, file.filename or "upload", owner)
    else:
        with tempfile.SpooledTemporaryFile(max_size=1 << 20) as spool:
            async for chunk in request.stream():
                spool.write(chunk)
            spool.seek(0)
            saved = await run_in_threadpool(kept.save_upload, spool, request.query_params.get("filename", "upload"), owner)
    return JSONResponse(saved, 201)


@answers
async def me(request: Request) -> Response:
    """GET /api/v1/me: who the studio takes you for, and the key your programs come in with."""
    owner = caller(request).owner
    return JSONResponse({"owner": owner, "key": access.api_key(owner)}, headers={"Cache-Control": "no-store"})


@answers
async def endpoints(request: Request) -> Response:
    """GET /api/v1/endpoints: every door with its parameters, and the servers the studio speaks to as they are now (?only=servers)."""
    servers = await run_in_threadpool(peers.servers, caller(request))
    if request.query_params.get("only") == "servers":
        return JSONResponse({"servers": servers})
    doors = [{"name": door.name, "kind": door.kind, "summary": schema.summary(door), "writes": door.writes, "files": list(door.files),
              "parameters": schema.json_schema(door)} for door in DOORS.values() if door.public]
    return JSONResponse({"endpoints": doors, "servers": servers})


@answers
async def openapi(request: Request) -> Response:
    """GET /api/v1/openapi.json."""
    return JSONResponse(document())


@answers
async def nothing_here(request: Request) -> Response:
    """Any other address under /api."""
    raise errors.NoSuchRoute(f"Nothing is served under {request.url.path}; /api/v1/openapi.json lists what is.")


def routes(app: FastAPI) -> None:
    """Add all of them."""
    add = app.add_route
    for word, name in GETS.items():
        add(f"{V1}/{word}", reads(name, **GALLERY) if word == "gallery" else reads(name), methods=["GET"])
    add("/generations", reads("list_jobs"), methods=["GET"])
    for path in (f"{V1}/jobs/{{id}}", "/generations/{id}"):
        add(path, on_job("get_job"), methods=["GET"])
    add(f"{V1}/jobs/{{id}}", on_job("delete_job"), methods=["DELETE"])
    for word, name in ON_JOB.items():
        add(f"{V1}/jobs/{{id}}/{word}", on_job(name), methods=["POST"])
    add(f"{V1}/endpoints", endpoints, methods=["GET"])
    add(f"{V1}/openapi.json", openapi, methods=["GET"])
    add(f"{V1}/me", me, methods=["GET"])
    add(f"{V1}/uploads", upload, methods=["POST"])
    add(f"{V1}/{{name}}", post_door, methods=["POST"])


def last_routes(app: FastAPI) -> None:
    """What must stand behind every other route of ours."""
    app.add_route("/api/{rest:path}", nothing_here, methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
