"""What is asked of Gradio's own routes before Gradio sees it.

Gradio answers a short list of values, an unknown name or a path that is not its own with a bare 500, serves its folder
to anyone who knows a path, and fetches addresses for strangers. This middleware refuses all of that in our own words,
and notes whose each uploaded file is. The doors check files again themselves (studio/files.py).
"""
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engines.errors import BadRequest, StudioError
from engines.words import nearest
from jobs import accept
from jobs.declared import DOORS, Door
from studio import errors, files, schema

ASKED = re.compile(r"/gradio_api/(call/v2|call|run|api)/([^/]+)/?")
JOIN = "/gradio_api/queue/join"
FILE = re.compile(r"/gradio_api/file[=/](.*)", re.DOTALL)
CLOSED = re.compile(r"/gradio_api/(proxy=|process_recording|dev/|vibe|deep_link|runs|stream/)|/(monitoring|pwa_icon)")


class Intake:
    """Stands between the gate and Gradio."""

    def __init__(self, app: ASGIApp, doors: Callable[[], dict[int, str]]) -> None:
        self.app = app
        self.doors = doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what Gradio may see."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(("/gradio_api/", "/monitoring", "/pwa_icon")):
            await self.app(scope, receive, send)
            return
        try:
            receive, send = await self._checked(scope, path, receive, send)
        except StudioError as error:
            reply = JSONResponse(errors.body(error, scope["studio.id"]), error.status, errors.headers(error))
            await reply(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _checked(self, scope: Scope, path: str, receive: Receive, send: Send) -> tuple[Receive, Send]:
        owner = scope["studio.visitor"].owner
        if CLOSED.match(path):
            raise errors.NoSuchRoute("Nothing is served here.")
        if served := FILE.fullmatch(path):
            _may_read(unquote(served[1]), owner)
        if scope["method"] != "POST":
            return receive, send
        if path.rstrip("/") == "/gradio_api/upload":
            accept.room()
            return receive, _noting(send, owner)
        asked = ASKED.fullmatch(path)
        if asked or path == JOIN:
            body = await Request(scope, receive).body()
            self._check_body(asked, schema.parsed(body), owner)
            return _again(body, receive), send
        return receive, send

    def _check_body(self, asked: re.Match[str] | None, sent: Any, owner: str) -> None:
        if not isinstance(sent, dict):
            raise BadRequest("the body must be a JSON object")
        if sent.get("batched"):
            raise BadRequest("nothing here takes batches")
        name = self._named(asked, sent) or ""
        door = DOORS.get(name)
        if door is None:
            if asked and name == asked[2] and name not in self._own_names():
                close = nearest(name, [each.name for each in DOORS.values() if each.public])
                raise errors.NoSuchRoute(f"there is no endpoint {name!r}{close}")
            return
        if files.foreign(sent, owner):
            raise BadRequest("this file was not uploaded here; upload it to /gradio_api/upload or /api/v1/uploads first")
        if asked and asked[1] == "call/v2":
            _check_names(door, sent)
        else:
            _check_values(door, sent)

    def _named(self, asked: re.Match[str] | None, sent: dict[str, Any]) -> str | None:
        index = sent.get("fn_index")
        if index is not None and not (asked and asked[1] == "call/v2"):
            return self.doors().get(index) if isinstance(index, int) else None
        return asked[2] if asked else None

    def _own_names(self) -> set[str]:
        return set(self.doors().values())


def _check_names(door: Door, sent: dict[str, Any]) -> None:
    known = schema.fields(door)
    for name in sent:
        if name not in known:
            raise BadRequest(f"{name} is not a parameter of {door.name}{nearest(name, known)}", fields=[name])


def _check_values(door: Door, sent: dict[str, Any]) -> None:
    known, data = schema.fields(door), sent.get("data")
    if not isinstance(data, list):
        raise BadRequest('the body must be {"data": [one value for each parameter]}')
    if len(data) != len(known):
        raise BadRequest(f"{door.name} takes {len(known)} values in this order: {', '.join(known)}; {len(data)} came. "
                         f"POST /gradio_api/call/v2/{door.name} takes them by name.")


def _may_read(path: str, owner: str) -> None:
    """A file in Gradio's folder is only for whom it came from or was made for; addresses are fetched for nobody."""
    if path.lower().startswith(("http:", "https:")):
        raise errors.NoSuchRoute("This studio fetches no addresses.")
    whose = files.owner_of(path)
    if whose is not None and whose != owner:
        raise errors.NoSuchRoute("There is no such file.")


def _again(body: bytes, receive: Receive) -> Receive:
    """The body once more, then whatever comes after it."""
    sent = False

    async def replay() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}
    return replay


def _noting(send: Send, owner: str) -> Callable[[Message], Awaitable[None]]:
    """Notes the paths Gradio gives back for an upload as this owner's."""
    status, body = 0, b""

    async def noted(message: Message) -> None:
        nonlocal status, body
        if message["type"] == "http.response.start":
            status = message["status"]
        elif message["type"] == "http.response.body" and status == 200:
            body += message.get("body", b"")
            if not message.get("more_body"):
                for path in json.loads(body):
                    files.own(path, owner)
        await send(message)
    return noted
