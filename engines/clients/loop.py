"""The loop in which every call to a server waits: one thread of this process, and the connections that it keeps."""

import asyncio
import concurrent.futures
import functools
import ipaddress
import threading
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx

LOOK = 0.2
CONNECT_SECONDS = 10.0
_first = threading.Lock()


def waited(future: "concurrent.futures.Future[Any]", check: Callable[[], None], longest: float) -> Any:
    """The result; asks meanwhile whether it is still wanted, and lets go when it is not. TimeoutError after `longest` seconds."""
    try:
        for _ in range(max(1, int(longest / LOOK))):
            check()
            done, _left = concurrent.futures.wait([future], LOOK)
            if done:
                return future.result()
        raise TimeoutError
    finally:
        future.cancel()


def loop() -> asyncio.AbstractEventLoop:
    """The loop, running."""
    with _first:
        return _started()


@functools.cache
def _started() -> asyncio.AbstractEventLoop:
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="clients", daemon=True).start()
    return made


def local(address: str) -> bool:
    """Whether a proxy has no business here: this machine or a network of one's own."""
    host = httpx.URL(address).host
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return host == "localhost" or "." not in host or host.endswith((".local", ".lan", ".internal"))


@functools.cache
def client(near: bool) -> httpx.AsyncClient:
    """The connections of this process, near ones without a proxy; deadlines are ours, so httpx only limits how long connecting takes."""
    timeout = httpx.Timeout(None, connect=CONNECT_SECONDS)
    no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
    return httpx.AsyncClient(timeout=timeout, follow_redirects=False, trust_env=not near, cookies=no_cookies)
