"""The gate every request passes: its name, where it comes from, how large it is, who sent it; and what every reply carries.

One ASGI middleware, outermost of all, so that nothing behind it has to ask these questions again. What it learned
travels in the scope as `scope["studio.visitor"]` and `scope["studio.id"]`.
"""
import ipaddress
import os
import re
import secrets
import socket
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config import settings
from config.settings import on_spaces
from engines.errors import StudioError, Unauthorized
from jobs.errands import HOOKS
from studio import access, errors

WRITES = {"POST", "PUT", "PATCH", "DELETE"}
HEALTH = "/health"
OPEN = {HEALTH, "/login", "/login/"}
ANY_ADDRESS = {"0.0.0.0", "::", ""}  # noqa: S104 (compared with, not bound to)
MB = 1024 * 1024
CORRELATION = re.compile(r"[A-Za-z0-9._-]{1,64}")


def host_names() -> set[str]:
    """The names this studio answers to."""
    names = {"localhost", "127.0.0.1", "::1", *map(str.lower, settings().allowed_hosts), *_space_hosts()}
    names |= {(urlsplit(settings().callback_url).hostname or "localhost").lower()}
    if settings().host in ANY_ADDRESS:
        own = socket.gethostname().lower()
        names |= {own, f"{own}.local"}
    else:
        names.add(settings().host.lower())
    return names


def _space_hosts() -> set[str]:
    return {name.strip().lower() for name in os.environ.get("SPACE_HOST", "").split(",") if name.strip()}


def host_of(value: str) -> str:
    """The name in a Host header, without its port."""
    return (urlsplit(f"//{value}").hostname or "").rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def content_policy() -> str:
    """What the page may load: nothing from elsewhere. A Space's own frame needs more."""
    if on_spaces():
        return "frame-ancestors 'self' https://huggingface.co https://*.hf.space; object-src 'none'; base-uri 'self'"
    return ("default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
            "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'")


def address_of(scope: Scope) -> str:
    """Who is at the other end; a Space's proxy writes the last entry of X-Forwarded-For."""
    if on_spaces() and (chain := Headers(scope=scope).get("x-forwarded-for")):
        return chain.rsplit(",", 1)[-1].strip()
    return scope["client"][0] if scope.get("client") else ""


class Gate:
    """Refuses what must not come in, and dresses what goes out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.names = host_names()
        self.policy = content_policy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-correlation-id", "")
        scope["studio.id"] = given if CORRELATION.fullmatch(given) else secrets.token_hex(8)
        reply = self._dressed(scope, send)
        try:
            self._check_host(headers)
            self._check_origin(scope["method"], headers)
            limit = _limit(scope["path"])
            if int(_digits(headers.get("content-length", "0"))) > limit:
                raise _too_large(limit)
            visitor = access.NOBODY if scope["path"] == HEALTH else access.visitor(headers, address_of(scope))
            scope["studio.visitor"] = visitor
            if not visitor.admitted and scope["path"] not in OPEN and not scope["path"].startswith(f"{HOOKS}/"):  # calls there are signed
                raise Unauthorized("This studio has a password. Log in at /login, or send Authorization: Bearer <password>.")
        except StudioError as error:
            await self._refusal(scope, headers, error)(scope, receive, reply)
            return
        try:
            await self.app(scope, _capped(receive, limit), reply)
        except errors.TooLarge as error:
            await self._refusal(scope, headers, error)(scope, receive, reply)

    def _check_host(self, headers: Headers) -> None:
        name = host_of(headers.get("host", ""))
        known = name in self.names or (on_spaces() and name.endswith(".hf.space"))
        if not known and not (settings().host in ANY_ADDRESS and _is_address(name)):
            raise errors.Forbidden("This studio does not answer to that host name; its owner can add it to allowed_hosts.")

    def _check_origin(self, method: str, headers: Headers) -> None:
        """A write from a browser must come from our own page."""
        if method not in WRITES:
            return
        origin = headers.get("origin")
        if origin is not None:
            parts = urlsplit(origin)
            listed = (parts.hostname or "") in {*map(str.lower, settings().allowed_hosts), *_space_hosts()}
            if parts.netloc.lower() == headers.get("host", "").lower() or listed:
                return
        elif headers.get("sec-fetch-site", "none") in ("same-origin", "none"):
            return
        raise errors.Forbidden("Another web site may not write to this studio.")

    def _refusal(self, scope: Scope, headers: Headers, error: StudioError) -> Response:
        wants_page = scope["method"] == "GET" and "text/html" in headers.get("accept", "")
        if error.status == 401 and wants_page:
            return RedirectResponse(f"/login?next={quote(scope['path'])}", 303)
        return JSONResponse(errors.body(error, scope["studio.id"]), error.status, errors.headers(error))

    def _dressed(self, scope: Scope, send: Send) -> Send:
        async def reply(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Correlation-Id"] = scope["studio.id"]
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                headers.setdefault("Content-Security-Policy", self.policy)
                visitor = scope.get("studio.visitor")
                if visitor is not None and visitor.fresh and visitor.admitted:
                    headers.append("Set-Cookie", access.owner_cookie(visitor.owner))
            await send(message)
        return reply


def _digits(text: str) -> str:
    return text if text.isdigit() else "0"


def _limit(path: str) -> int:
    """How many bytes a request to this path may carry; files may be large, words may not."""
    if path.startswith(("/api/v1/uploads", "/gradio_api/", "/mcp")):
        return settings().max_upload_mb * MB * 3 // 2 + MB
    return 4 * MB


def _too_large(limit: int) -> errors.TooLarge:
    return errors.TooLarge(f"This request is larger than the {limit // MB} MB that are read here.")


def _capped(receive: Receive, limit: int) -> Receive:
    """Counts what arrives, for requests that do not say their size beforehand."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        if message["type"] == "http.request":
            seen += len(message.get("body", b""))
            if seen > limit:
                raise _too_large(limit)
        return message
    return counted
