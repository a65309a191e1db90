"""One way to call a server that somebody else runs: `Server.call`. Every client in this folder is built on it.

    server = Server("LM Studio", "http://localhost:1234/v1", key=keys.key("LM_STUDIO_KEY"), limits=Limits(seconds=60))
    reply = server.call("POST", "chat/completions", lambda: run.progress(0.2, "Asking LM Studio"), json={…})
    answer = reply.json()

What it holds to, so that a dead, slow, lying or hostile server never hurts the studio:

* `limits.seconds` is the deadline of the WHOLE call (connect, send, wait, read), however slowly a server drips.
* `limits.megabytes` caps the reply before it is kept; `into=path` writes a large one to a file instead of memory (a
  part file, renamed when it is whole). Compressed replies are neither asked for nor taken.
* `check` is called in the caller's thread several times a second; whatever it raises (Cancelled) ends the call at once
  and closes the connection. Give it `run.progress`, which also shows the job as alive.
* One circuit breaker per address: after three failures in a row calls are refused for `limits.rest_seconds`, then one tries for all.
* Only the address that the owner configured is spoken to: paths are relative to it, redirects are not followed.
* The key goes out in one header and is blacked out of everything that comes back.

Errors, all of them sentences for a person:

    Unavailable     no connection, deadline, 5xx, 408, too large, broken off; `retry_after` where the server says when
    RateLimited     429; `retry_after` in seconds where the server says so
    ModelNotReady   401, 402, 403, 404, 3xx: something for the owner to set right; names the key
    BadRequest      400, 413, 422 and other 4xx, with the server's own sentence, shortened
    ContentBlocked  raised by `refusal`, a function the client may give: it sees (status, body as JSON or None)

Transient ones (Unavailable, RateLimited) go back to the queue with backoff; nothing here tries twice. Thread-safe.
"""

import contextlib
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from engines.clients import loop
from engines.clients.breaker import breaker
from engines.clients.exchange import Broken, Check, Limits, exchange
from engines.clients.replies import Unreadable, read_json, said, wait_asked
from engines.errors import BadRequest, ModelNotReady, RateLimited, StudioError, Unanswered, Unavailable

__all__ = ["Check", "Limits", "Reply", "Server", "checked", "message_in"]
BLACKED_OUT = b"[key]"
UNAVAILABLE = {408, 425}

Refusal = Callable[[int, Any], StudioError | None]


@dataclass(frozen=True)
class Reply:
    """What came back: status, a few headers, the body (empty if it went into a file)."""

    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False, default=b"")
    server: str = ""

    def json(self) -> Any:
        """The body as JSON (see replies.read_json); Unanswered if it is none."""
        try:
            return read_json(self.body)
        except Unreadable as error:
            raise Unanswered(f"{self.server} answered with something that cannot be read: {error}.") from None


class Server:
    """One address that the owner configured, with its key and limits."""

    def __init__(
        self,
        name: str,
        address: str,
        *,
        key: SecretStr | None = None,
        key_hint: str = "",
        limits: Limits = Limits(),  # noqa: B008  (frozen)
        headers: dict[str, str] | None = None,
        refusal: Refusal | None = None,
    ) -> None:
        self.name, self.address, self.limits = name, checked(address, name), limits
        self._key, self._key_hint, self._headers, self._refusal = key, key_hint, headers or {}, refusal

    @property
    def identity(self) -> str:
        """What tells this connection from others: the address, and which key (as a digest)."""
        secret = self._key.get_secret_value() if self._key else ""
        return f"{self.address} {hashlib.sha256(secret.encode()).hexdigest()[:16]}"

    def call(self, method: str, path: str, check: Check, *, limits: Limits | None = None, into: Path | None = None, **send: Any) -> Reply:
        """One call to `path` under the address; `send` takes httpx's json, data, files, content, params and headers."""
        limits = limits or self.limits
        with breaker(self.address, self.name, limits.rest_seconds).guard():
            reply = self._exchange(method, path, check, limits, into, send)
            self.judge(reply)
        return reply

    def _exchange(self, method: str, path: str, check: Check, limits: Limits, into: Path | None, send: dict[str, Any]) -> Reply:
        headers = {"Accept-Encoding": "identity", "User-Agent": "troubadour"} | self._headers | send.pop("headers", {})
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key.get_secret_value()}"
        address = f"{self.address}/{path.lstrip('/')}"
        request = {"method": method, "url": address, "headers": headers} | send
        try:
            status, answered, body = exchange(request, limits, check, into, proxied=not loop.local(address))
        except Broken as error:
            raise (Unanswered if error.sent else Unavailable)(f"{self.name} {error}.") from None
        return Reply(status, answered, self._blackened(body), self.name)

    def _blackened(self, body: bytes) -> bytes:
        secret = self._key.get_secret_value().encode() if self._key else b""
        return body.replace(secret, BLACKED_OUT) if secret else body

    def judge(self, reply: Reply) -> None:
        """Raises the error behind a status that is none of 200 to 299."""
        status = reply.status
        if 200 <= status < 300:
            return
        told: Any = None
        with contextlib.suppress(Unreadable):
            told = read_json(reply.body)
        if self._refusal and (refused := self._refusal(status, told)):
            raise refused
        wait = wait_asked(reply.headers.get("retry-after"))
        when = {} if wait is None else {"retry_after": wait}
        if status == 429:
            raise RateLimited(f"{self.name} has too much to do; it is tried again.", **when)
        if status >= 500 or status in UNAVAILABLE:
            raise Unavailable(f"{self.name} has a fault of its own (status {status}).", **when)
        if status in (401, 403):
            hint = f"; {self._key_hint}" if self._key_hint else "; check its key"
            raise ModelNotReady(f"{self.name} does not let the studio in (status {status}){hint}.")
        if status == 402:
            raise ModelNotReady(f"{self.name} asks to be paid first; check the account behind the key.")
        if status < 400:
            raise ModelNotReady(f"{self.name} leads elsewhere (status {status}), which is not followed; check its address.")
        if status == 404:
            raise ModelNotReady(f"{self.name} has nothing at this address (status {status}); check its address and model.")
        sentence = said(message_in(told))
        raise BadRequest(f"{self.name} does not take this request{': ' + sentence if sentence else ''} (status {status})")


def message_in(told: Any) -> Any:
    """The sentence of an error body as servers send it: error.message, error, message or detail."""
    if not isinstance(told, dict):
        return ""
    error = told.get("error", told.get("message", told.get("detail")))
    return error.get("message") if isinstance(error, dict) else error


def checked(address: str, name: str) -> str:
    """An address without its closing slash; ModelNotReady if it is none that may be called."""
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, TypeError):
        url = httpx.URL("")
    strange = url.userinfo or url.query or url.fragment or (url.port or 1) > 65535
    if url.scheme not in ("http", "https") or not url.host or strange:
        raise ModelNotReady(f"The address of {name} is not one; write it as http://host:port/path, with the key apart.")
    return address.rstrip("/")
