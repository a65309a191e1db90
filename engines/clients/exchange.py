"""One exchange of a request for a reply: one deadline for all of it, and one cap.

What is said here is plain HTTP; who may be spoken to, and what an answer means, is decided by http.py (servers that the owner
configured) and guard.py (addresses that somebody else gave).
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from engines.clients import loop
from engines.clients.breaker import REST_SECONDS

ERROR_BYTES = 64 << 10
KEPT_HEADERS = ("content-type", "retry-after", "x-request-id", "location")
Check = Callable[[], None]
Told = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True)
class Limits:
    """What one call may take: seconds in all, megabytes of reply; how long a broken server is left alone."""

    seconds: float = 60.0
    megabytes: float = 32.0
    rest_seconds: float = REST_SECONDS


class Broken(Exception):
    """There is no reply. The message stands behind a server's name: "did not answer within 3 seconds"."""

    def __init__(self, message: str, sent: bool = True) -> None:
        """sent: whether the request may have reached the server."""
        super().__init__(message)
        self.sent = sent


class _TooLarge(Exception):
    pass


class _Odd(Exception):
    pass


def exchange(request: dict[str, Any], limits: Limits, check: Check, into: Path | None = None, *, proxied: bool = True) -> Told:
    """Status, a few headers and the body; with `into` the body of a good reply is that file instead. Raises Broken, and what check raises.

    `request` takes httpx's method, url, headers, json, data, files, content, params and extensions.
    """
    part = into.with_name(f".{into.name}.{os.getpid()}.part") if into else None
    work = _talk(limits, part, request, proxied)
    try:
        status, answered, body = loop.waited(asyncio.run_coroutine_threadsafe(work, loop.loop()), check, limits.seconds + 5)
        if part and into and status < 300:
            os.replace(part, into)
    except (TimeoutError, httpx.TimeoutException):
        raise Broken(f"did not answer within {round(limits.seconds, 1):g} seconds") from None
    except _TooLarge:
        raise Broken(f"sent more than {limits.megabytes:g} MB; the rest was not read") from None
    except _Odd as error:
        raise Broken(str(error)) from None
    except httpx.ConnectError:
        raise Broken("cannot be reached; start it, or check its address in studio.yaml", sent=False) from None
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        raise Broken("broke the connection off", sent=isinstance(error, httpx.HTTPError)) from None
    finally:
        if part:
            part.unlink(missing_ok=True)
    return status, answered, body


async def _talk(limits: Limits, part: Path | None, request: dict[str, Any], proxied: bool) -> Told:
    """Status, headers and body within the limits; the body goes to `part` if the call went well and one is given."""
    cap = int(limits.megabytes * (1 << 20))
    client = loop.client(not proxied)
    async with asyncio.timeout(limits.seconds):
        response = await client.send(client.build_request(**request), stream=True)
        try:
            if response.headers.get("content-encoding", "identity") != "identity":
                raise _Odd("sent a compressed reply that nobody asked for")
            headers = {name: response.headers[name][:4000] for name in KEPT_HEADERS if name in response.headers}
            if response.is_success:
                return response.status_code, headers, await _read(response, cap, part)
            return response.status_code, headers, await _read(response, ERROR_BYTES, None, cut=True)
        finally:
            await response.aclose()


async def _read(response: httpx.Response, cap: int, part: Path | None, cut: bool = False) -> bytes:
    size, pieces = 0, []
    with open(part, "wb") if part else contextlib.nullcontext() as file:  # noqa: ASYNC230  (pieces of 64 kB)
        async for piece in response.aiter_raw(65536):
            size += len(piece)
            if size > cap:
                if cut:
                    break
                raise _TooLarge
            if file:
                file.write(piece)
            else:
                pieces.append(piece)
    return b"".join(pieces)
