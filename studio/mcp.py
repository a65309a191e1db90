"""Every door as a tool of the Model Context Protocol, at /gradio_api/mcp/ and /mcp.

A server of our own on the same declarations: Gradio's turns a dict into Python's repr and sends no picture with it.
A tool answers with the job as JSON text and its first picture beside it, so that an agent sees what was made.
"""
import asyncio
import base64
import binascii
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from config import settings
from engines.errors import BadRequest, StudioError
from jobs import files as kept
from jobs.control import Caller
from jobs.declared import DOORS, Door
from studio import errors, live, schema
from studio.ask import ask, caller, door_named, public_doors, waiting_place

WAIT_SECONDS = 50.0
"""How long a tool waits where nobody says: agents' own limits are often a minute."""
SEEN_BYTES = 1_000_000
PATHS = ("/gradio_api/mcp", "/gradio_api/mcp/", "/gradio_api/mcp/http", "/gradio_api/mcp/http/", "/mcp", "/mcp/")
INSTRUCTIONS = ("Troubadour makes pictures and illustrated songs from words. Tools that make something return a job: when its status "
                "is not yet complete, ask get_job with its id again in a while. File fields take the id of an upload (upload_file) or "
                "of an earlier output.")
UPLOAD = types.Tool(
    name="upload_file",
    description="Send a picture, a film or a recording to the studio; file fields (image, mask, video, melody…) take its id.",
    inputSchema={"type": "object", "additionalProperties": False, "required": ["data_base64"], "properties": {
        "data_base64": {"type": "string", "description": "The file's bytes in base64; a data: URL is understood"},
        "filename": {"type": "string", "default": "upload.png", "description": "What the file is called"}}})

server: Server[Any, Request] = Server("troubadour", instructions=INSTRUCTIONS)


def _schema(door: Door) -> dict[str, Any]:
    shape = schema.json_schema(door)
    if "wait_seconds" in shape["properties"]:
        shape["properties"]["wait_seconds"]["default"] = WAIT_SECONDS
    return shape


@server.list_tools()  # type: ignore[no-untyped-call, untyped-decorator]
async def list_tools() -> list[types.Tool]:
    """One tool per public door, and one for uploads."""
    tools = [types.Tool(name=door.name, description=door.summary, inputSchema=_schema(door),
                        annotations=types.ToolAnnotations(readOnlyHint=not door.writes, destructiveHint=door.name.startswith("delete_")))
             for door in public_doors()]
    return [*tools, UPLOAD]


@server.call_tool(validate_input=False)  # type: ignore[untyped-decorator]
async def call_tool(name: str, arguments: dict[str, Any]) -> types.CallToolResult:
    """Ask a door; an error is the same sentence as everywhere."""
    request = server.request_context.request
    assert request is not None  # noqa: S101  (both transports are HTTP)
    who = caller(request)
    try:
        if name == UPLOAD.name:
            return _told(await run_in_threadpool(_upload, arguments, who))
        door = door_named(name)
        if "wait_seconds" in schema.fields(door):
            arguments = {"wait_seconds": WAIT_SECONDS} | arguments
        answer = await _asked(door, arguments, who)
        picture = await run_in_threadpool(_picture, answer, who)
        return _told(answer, *([picture] if picture else []))
    except Exception as error:  # every error leaves as one sentence with its code
        shown = errors.shown(error, who.correlation_id)
        return types.CallToolResult(content=[types.TextContent(type="text", text=errors.sentence(shown, who.correlation_id))], isError=True)


def _told(answer: dict[str, Any], *beside: types.ImageContent) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=json.dumps(answer, ensure_ascii=False)), *beside])


async def _asked(door: Door, values: dict[str, Any], who: Caller) -> dict[str, Any]:
    """Ask; a client that wants to be told of progress is told while it waits."""
    meta = server.request_context.meta
    token = meta.progressToken if meta else None
    seconds = values.get("wait_seconds")
    if token is None or not isinstance(seconds, (int, float)) or values.get("wait", True) is not True:
        return await ask(door, values, who)
    with waiting_place():
        job = await ask(door, values | {"wait": False}, who)
        try:
            async with asyncio.timeout(float(seconds)):
                async for changed in live.changes(job["id"], who):
                    job = changed
                    await _progress(token, job)
        except TimeoutError:
            return job
    return job


async def _progress(token: str | int, job: dict[str, Any]) -> None:
    words = job["message"] or job["stage"] or job["status"]
    context = server.request_context
    await context.session.send_progress_notification(token, job["progress"], 1.0, words, related_request_id=str(context.request_id))


def _upload(arguments: dict[str, Any], who: Caller) -> dict[str, Any]:
    data, name = arguments.get("data_base64"), arguments.get("filename", "upload.png")
    unknown = set(arguments) - {"data_base64", "filename"}
    if unknown or not isinstance(data, str) or not isinstance(name, str):
        raise BadRequest("upload_file takes data_base64 (text) and filename (text)")
    try:
        decoded = base64.b64decode(data.partition(",")[2] if data.startswith("data:") else data, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("data_base64 is not valid base64", fields=["data_base64"]) from None
    return kept.save_upload(decoded, name, who.owner)


def _picture(answer: dict[str, Any], who: Caller) -> types.ImageContent | None:
    """The first picture of a finished job: as it is, or as a smaller copy if it is large."""
    outputs = answer.get("outputs") if "kind" in answer else None
    first = next((each for each in outputs or [] if each["media_type"].startswith("image/")), None)
    if first is None:
        return None
    try:
        file = kept.artifact(first["id"], who.owner)
        small = file.path.stat().st_size > SEEN_BYTES
        path, media_type = (kept.thumbnail(first["id"], who.owner, 1024), "image/webp") if small else (file.path, file.media_type)
        return types.ImageContent(type="image", data=base64.b64encode(path.read_bytes()).decode(), mimeType=media_type)
    except (StudioError, FileNotFoundError):  # deleted in this moment
        return None


class Endpoint:
    """The transport, and a word for browsers that come by."""

    def __init__(self) -> None:
        most = settings().max_upload_mb * (1 << 20) * 3 // 2
        # A public studio knows an agent by its session; at home there is one owner, and nothing to keep.
        self.manager = StreamableHTTPSessionManager(server, stateless=not settings().public, max_request_body_size=most)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        request = Request(scope)
        if scope["method"] == "GET" and "text/event-stream" not in request.headers.get("accept", ""):
            words = PlainTextResponse(f"This address speaks the Model Context Protocol. Give it to an MCP client:\n\n{request.url}\n")
            await words(scope, receive, send)
            return
        await self.manager.handle_request(scope, receive, send)


async def tool_schema(request: Request) -> JSONResponse:
    """GET /gradio_api/mcp/schema: the tools without a session, as Gradio's own server lists them."""
    tools = [{"name": tool.name, "description": tool.description, "inputSchema": tool.inputSchema,
              "meta": {"mcp_type": "tool", "endpoint_name": tool.name if tool.name in DOORS else None}} for tool in await list_tools()]
    return JSONResponse(tools)


def routes(app: FastAPI) -> Endpoint:
    """Add them; the transport's `manager.run()` belongs into the app's lifespan."""
    endpoint = Endpoint()
    app.router.routes += [Route(path, endpoint=endpoint) for path in PATHS]
    app.add_route("/gradio_api/mcp/schema", tool_schema, methods=["GET"])
    return endpoint


@asynccontextmanager
async def running(endpoint: Endpoint) -> AsyncIterator[None]:
    """The transport's lifetime."""
    async with endpoint.manager.run():
        yield
