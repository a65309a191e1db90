"""Who may do what: the owner behind a request, the shared password, and the keys that stand for both.

In the default mode there is one owner, "local". With `settings().public` every visitor has an owner of their own, kept
in a signed cookie or shown as an API key. With `settings().password` nothing but /health and /login answers to strangers.
"""
import base64
import functools
import hashlib
import hmac
import os
import secrets
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

from config import settings
from config.settings import on_spaces
from engines.errors import RateLimited

LOCAL = "local"
YEAR, MONTH = 365 * 86400, 30 * 86400
TRIES, WINDOW = 5, 60.0


@dataclass(frozen=True)
class Visitor:
    """Who a request comes from. `fresh`: the owner was drawn for it just now and has no cookie yet."""

    owner: str
    admitted: bool
    fresh: bool = False


NOBODY = Visitor(LOCAL, admitted=False)
"""Who is not asked for a name, as he may do nothing that needs one."""


@functools.lru_cache(4)
def _secret(home: Path) -> bytes:
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / "secret"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _kept(path)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
    return path.read_bytes()


def _kept(path: Path) -> bytes:
    """The secret another process made; that one may still be writing it."""
    for _ in range(100):
        if len(found := path.read_bytes()) >= 32:
            return found
        time.sleep(0.01)
    raise RuntimeError(f"{path} is damaged; delete it and start again (visitors then get new keys).")


def sign(kind: str, text: str) -> str:
    """`text.signature`, good for one kind of use only."""
    mac = hmac.new(_secret(settings().home), f"{kind}\0{text}".encode(), hashlib.sha256).digest()[:20]
    return f"{text}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def read(kind: str, signed: str) -> str | None:
    """The text that was signed, or None if it was not signed by us for this use."""
    text, dot, _ = signed.rpartition(".")
    return text if dot and _same(sign(kind, text), signed) else None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _bound_to_password(kind: str) -> str:
    """A kind of signature that ends with the password it was made under."""
    return f"{kind}:{hashlib.sha256((settings().password or '').encode()).hexdigest()}"


def api_key(owner: str) -> str:
    """The key with which this owner's programs come in: `Authorization: Bearer <key>`."""
    return "tk-" + sign(_bound_to_password("key"), owner)


def cookie_name(kind: str) -> str:
    """Cookies are shared between ports of one host, so each studio has names of its own."""
    return f"troubadour_{kind}_{hashlib.sha256(_secret(settings().home)).hexdigest()[:8]}"


def cookie(kind: str, value: str, seconds: int) -> str:
    """A Set-Cookie value; inside a Space's frame it must be allowed to be a third party's."""
    place = "SameSite=None; Secure; Partitioned" if on_spaces() else "SameSite=Lax"
    return f"{cookie_name(kind)}={value}; Path=/; Max-Age={seconds}; HttpOnly; {place}"


def owner_cookie(owner: str) -> str:
    """Keeps a visitor's owner."""
    return cookie("owner", sign("owner", owner), YEAR)


def pass_cookie() -> str:
    """Says that its bearer knew the password."""
    return cookie("pass", sign(_bound_to_password("pass"), str(int(time.time()) + MONTH)), MONTH)


def _cookies(headers: Mapping[str, str]) -> dict[str, str]:
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def shown_secret(headers: Mapping[str, str]) -> str | None:
    """What the Authorization header carries: a key, or the password as Bearer or Basic."""
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _as_typed(value.strip()) or None
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2] or None
        except ValueError:
            return None
    return None


def _as_typed(value: str) -> str:
    """A header's text, which arrives as Latin-1; most programs send what is not ASCII as UTF-8."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def visitor(headers: Mapping[str, str], address: str) -> Visitor:
    """Who sent these headers. Raises RateLimited after too many wrong passwords from one address."""
    cookies, secret = _cookies(headers), shown_secret(headers)
    named = read(_bound_to_password("key"), secret[3:]) if secret and secret.startswith("tk-") else None
    admitted = named is not None or not settings().password or _knew(cookies)
    if not admitted and secret is not None:
        admitted = knows(secret, address)
    if not settings().public:
        return Visitor(LOCAL, admitted)
    owner = named or read("owner", cookies.get(cookie_name("owner"), "")) or _of_session(headers)
    return Visitor(owner, admitted) if owner else Visitor(f"v{secrets.token_hex(8)}", admitted, fresh=True)


def _of_session(headers: Mapping[str, str]) -> str | None:
    """MCP clients keep no cookies, but name their session, which nobody else knows."""
    session = headers.get("mcp-session-id")
    return f"m{hashlib.sha256(sign('mcp', session).encode()).hexdigest()[:16]}" if session else None


def _knew(cookies: Mapping[str, str]) -> bool:
    until = read(_bound_to_password("pass"), cookies.get(cookie_name("pass"), ""))
    return until is not None and int(until) > time.time()


_wrong: dict[str, deque[float]] = {}


def knows(password: str, address: str) -> bool:
    """Whether this is the shared password; five wrong tries a minute, then RateLimited whatever is tried."""
    now = time.monotonic()
    tries = _wrong.get(address, deque())
    while tries and tries[0] < now - WINDOW:
        tries.popleft()
    if len(tries) >= TRIES:
        wait = int(WINDOW - (now - tries[0])) + 1
        raise RateLimited(f"Too many wrong passwords; try again in {wait} seconds.", retry_after=wait)
    if _same(password, settings().password or ""):
        _wrong.pop(address, None)
        return True
    if len(_wrong) > 10_000:
        _wrong.clear()
    tries.append(now)
    _wrong[address] = tries
    return False
