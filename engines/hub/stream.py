"""One reply of the hub, read as it comes. Nothing here tries twice and nothing is kept in memory.

Plain httpx in the loop of all clients, and not huggingface_hub: its downloads run to their end in compiled code that hears no cancel,
only look at the size of what came, and follow a redirect anywhere. Here the reading thread asks five times a second whether the
file is still wanted; the token goes to the hub itself and to no one it redirects to; https never becomes http.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from config import settings
from engines.clients import keys, loop
from engines.clients.http import checked
from engines.clients.replies import Unreadable, read_json, wait_asked
from engines.errors import ModelNotReady, RateLimited

TOKEN = "HF_TOKEN"  # noqa: S105  (its name)
PIECE, GATHER = 1 << 20, 0.2
HOPS = 5
LISTING = 32 << 20
MOVED = {301, 302, 303, 307, 308}
Check = Callable[[], None]


class Broken(Exception):
    """The hub could not be reached, broke off, or fell silent; another try may go on from there. Says which in a few words."""


class Refused(Exception):
    """The hub answered with a status that is no file."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Stream:
    """The body of a reply. Close it."""

    def __init__(self, response: httpx.Response, patience: float) -> None:
        self.status, self.headers, self._patience = response.status_code, response.headers, patience
        self._response = response
        self._raw: AsyncIterator[bytes] = response.aiter_raw()

    def piece(self, check: Check) -> bytes:
        """The next piece, at most about a megabyte, sooner if little comes; empty at the end. Raises Broken, and what `check` raises."""
        return bytes(_done(self._gather(), check, self._patience))

    async def _gather(self) -> bytes:
        parts, size, until = [], 0, time.monotonic() + GATHER
        try:
            async for part in self._raw:
                parts.append(part)
                size += len(part)
                if size >= PIECE or time.monotonic() > until:
                    break
        except httpx.HTTPError:
            if not parts:  # what came before it broke off is of use; the next call meets the error again
                raise
        return b"".join(parts)

    def close(self) -> None:
        """Let go of the connection."""
        asyncio.run_coroutine_threadsafe(self._response.aclose(), loop.loop())


@dataclass(frozen=True)
class Hub:
    """Where models come from: an address that the owner configured, the token shown to it, how many silent seconds are borne."""

    address: str
    token: SecretStr | None
    patience: float = 30.0

    @classmethod
    def here(cls, patience: float = 30.0) -> "Hub":
        """The hub of this studio. ModelNotReady if its address is none, or the token cannot be read."""
        return cls(checked(settings().hub, "the hub (STUDIO_HUB)"), keys.key(TOKEN), patience)

    @property
    def name(self) -> str:
        """What people know it by."""
        return httpx.URL(self.address).host

    def listing(self, repo: str, revision: str, check: Check) -> Any:
        """What the hub tells of a repository at a commit, with all its files. Raises Broken, Refused."""
        stream = self.open(f"api/models/{repo}/revision/{revision}?blobs=true", check)
        try:
            body = b""
            while piece := stream.piece(check):
                body += piece
                if len(body) > LISTING:
                    raise Broken("sent a listing without end")
            return read_json(body)
        except Unreadable as error:
            raise Broken(f"sent a listing that cannot be read: {error}") from None
        finally:
            stream.close()

    def file(self, repo: str, revision: str, name: str, start: int, check: Check) -> Stream:
        """A file of a commit, from a byte on. Raises Broken, Refused."""
        return self.open(f"{repo}/resolve/{revision}/{quote(name)}", check, start)

    def open(self, path: str, check: Check, start: int = 0) -> Stream:
        """The reply at a path under the hub's address, wherever it redirects to."""
        url = httpx.URL(f"{self.address}/{path}")
        for _ in range(HOPS):
            response = _done(self._send(url, start), check, self.patience)
            if response.status_code not in MOVED:
                return self._judged(response, url)
            Stream(response, self.patience).close()
            url = self._next(url, response.headers.get("location", ""))
        raise Broken("sends from one address to another without end")

    async def _send(self, url: httpx.URL, start: int) -> httpx.Response:
        headers = {"Accept-Encoding": "identity", "User-Agent": "troubadour"}
        if start:
            headers["Range"] = f"bytes={start}-"
        if self.token is not None and _origin(url) == _origin(httpx.URL(self.address)):
            headers["Authorization"] = f"Bearer {self.token.get_secret_value()}"
        client = loop.client(loop.local(str(url)))
        return await client.send(client.build_request("GET", url, headers=headers), stream=True)

    def _judged(self, response: httpx.Response, url: httpx.URL) -> Stream:
        stream, status = Stream(response, self.patience), response.status_code
        if status in (200, 206) and response.headers.get("content-encoding", "identity") == "identity":
            return stream
        stream.close()
        wait = wait_asked(response.headers.get("retry-after"))
        if status == 429:
            raise RateLimited(f"{self.name} has too much to do; it is tried again.", **({} if wait is None else {"retry_after": wait}))
        if status >= 500 or status in (200, 206, 408, 425) or _origin(url) != _origin(httpx.URL(self.address)):
            raise Broken(f"has a fault of its own (status {status})")
        raise Refused(status)

    def _next(self, url: httpx.URL, location: str) -> httpx.URL:
        """Where a redirect goes, if that is a place a hub may send to."""
        home = httpx.URL(self.address)
        try:
            there = url.join(location)
        except httpx.InvalidURL:
            there = httpx.URL("")
        fit = there.host and not there.userinfo and there.scheme in {"https", home.scheme}
        if not location or not fit or loop.local(str(there)) and not loop.local(self.address):
            raise ModelNotReady(f"{self.name} sends the download to an address that is not followed; check STUDIO_HUB.")
        return there


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _done(work: "Coroutine[Any, Any, Any]", check: Check, patience: float) -> Any:
    """What the loop brings; Broken if it brings nothing in time."""
    try:
        return loop.waited(asyncio.run_coroutine_threadsafe(work, loop.loop()), check, patience)
    except (TimeoutError, httpx.TimeoutException):
        raise Broken(f"sent nothing for {patience:g} seconds") from None
    except httpx.ConnectError:
        raise Broken("cannot be reached; see whether this machine is online") from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError):
        raise Broken("broke the connection off") from None
