"""Fetches a file from an address that somebody else gave: the one guard that every such address passes.

* https only, no password in it, and every address that its name stands for must be a public one: nothing of this machine, of a network
  of one's own, of a cloud's metadata service, and none of these dressed up as IPv6.
* The name is looked up once, and the connection goes to the very address that was checked (the certificate is still that of the name),
  so a name that changes its mind between the look and the call gains nothing. No proxy is asked, as it would look the name up anew.
* A redirect is not followed but checked as if it had been given; REDIRECTS are the most.
* Nothing of ours is sent along: no key, no cookie.
* Only the origin that the owner configured (`trusted`: scheme, host and port) is taken as it stands, so a server at home may hand out
  addresses of its own.

Raises Unavailable in one sentence; the address itself is not shown, as it may carry a signature.
"""

import asyncio
import ipaddress
import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from engines.clients import loop
from engines.clients.exchange import Broken, Check, Limits, exchange
from engines.errors import Unavailable

REDIRECTS = 3
LONGEST = 4000
NAT64 = ipaddress.ip_network("64:ff9b::/96")
PLAIN = ("application/octet-stream", "binary/octet-stream", "")
"""Media types of servers that do not know what they send."""


@dataclass(frozen=True)
class Wanted:
    """What is to be fetched: how its media type may begin, who gave the address (for sentences), the origin that is taken as it stands."""

    kind: str | tuple[str, ...]
    giver: str
    trusted: str = ""


def fetch(address: str, into: Path, wanted: Wanted, check: Check, limits: Limits) -> Path:
    """Write what lies behind an address to `into`, within the limits for all redirects together."""
    until = time.monotonic() + limits.seconds
    for _ in range(REDIRECTS + 1):
        left = Limits(max(0.05, until - time.monotonic()), limits.megabytes)
        request = _request(address, wanted, check, left)
        try:
            status, headers, _body = exchange(request, left, check, into, proxied=False)
        except Broken as error:
            raise Unavailable(f"The address that {wanted.giver} gave for its file {error}.") from None
        if status in (301, 302, 303, 307, 308) and headers.get("location"):
            address = _next(address, headers["location"], wanted)
            continue
        if not 200 <= status < 300:
            raise Unavailable(f"The file at the address that {wanted.giver} gave cannot be fetched (status {status}).")
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if not kind.startswith(wanted.kind) and kind not in PLAIN:
            into.unlink(missing_ok=True)
            due = " or ".join(f"{each}…" for each in ([wanted.kind] if isinstance(wanted.kind, str) else wanted.kind))
            raise Unavailable(f"{wanted.giver} sent {kind[:60]!r} where {due} was due.")
        return into
    raise Unavailable(f"The address that {wanted.giver} gave for its file leads on and on.")


def _next(address: str, location: str, wanted: Wanted) -> str:
    """Where a redirect leads, not looked at yet."""
    try:
        return urljoin(address, location)
    except ValueError:
        raise Unavailable(f"The address that {wanted.giver} gave for its file leads to something that is no address.") from None


def _request(address: str, wanted: Wanted, check: Check, limits: Limits) -> dict[str, Any]:
    """The request for an address that has passed; the name is replaced by the address that was checked."""
    url = parsed(address)
    headers = {"Accept-Encoding": "identity", "User-Agent": "troubadour", "Connection": "close"}
    if url is None:
        raise Unavailable(f"{wanted.giver} gave something that is no address of a file.")
    if wanted.trusted and origin(url) == origin(httpx.URL(wanted.trusted)):
        return {"method": "GET", "url": str(url), "headers": headers}
    if url.scheme != "https":
        raise Unavailable(f"{wanted.giver} gave an address that is not https; it was not opened.")
    name = url.raw_host.decode("ascii")  # one spelling for the resolver, the server and the certificate: bücher.de is xn--bcher-kva.de
    found = looked_up(name, url.port or 443, check, limits.seconds)
    if not found or not all(public(each) for each in found):
        raise Unavailable(f"{wanted.giver} gave an address inside a private network; it was not opened.")
    named = name if url.port is None else f"{name}:{url.port}"
    pinned = str(url.copy_with(host=found[0]))
    return {"method": "GET", "url": pinned, "headers": headers | {"Host": named}, "extensions": {"sni_hostname": name}}


def parsed(address: Any) -> httpx.URL | None:
    """An address as its parts; None if it is none that could be opened."""
    if not isinstance(address, str) or len(address) > LONGEST or not address.isprintable() or any(sign.isspace() for sign in address):
        return None
    try:
        url = httpx.URL(address)
        whole = url.scheme in ("http", "https") and bool(url.host) and not url.userinfo and (url.port or 1) <= 65535
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return None
    return url if whole else None


def origin(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port."""
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme, 0)


def public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, whatever it is wrapped in."""
    try:
        ip: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.scope_id:
            return False
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return public(str(inner))
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified or ip.is_loopback or ip.is_link_local)


def looked_up(host: str, port: int, check: Check, seconds: float) -> list[str]:
    """The IP addresses behind a name; empty if there are none, or none are found in time."""

    async def ask() -> list[Any]:
        running = asyncio.get_running_loop()
        async with asyncio.timeout(seconds):
            return await running.run_in_executor(None, resolve, host, port)

    try:
        found = loop.waited(asyncio.run_coroutine_threadsafe(ask(), loop.loop()), check, seconds + 1)
    except (OSError, TimeoutError, UnicodeError):
        return []
    return sorted(dict.fromkeys(str(each[4][0]) for each in found), key=lambda each: ":" in each)


def resolve(host: str, port: int) -> list[Any]:
    """What the system's resolver says about a name."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
